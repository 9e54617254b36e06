// Makes src/generated.ts from the contract: what the client needs of it and nothing else, so that it stays small enough to review.
// Run by `npm run contract`, which also checks that the committed file is what the contract says.
import openapiTS, { astToString } from 'openapi-typescript'

type Json = { readonly [name: string]: unknown }

const METHODS = ['get', 'post', 'patch', 'delete']
/** Says nothing to a type. */
const UNTYPED = new Set('description default minimum maximum minLength maxLength pattern format minItems maxItems propertyNames'.split(' '))

const HEADER = '// Made from openapi.json by `npm run contract`; not to be edited.\n\n'

/** The text of src/generated.ts for the text of openapi.json. */
export async function generated(contract: string): Promise<string> {
  const document: unknown = JSON.parse(contract)
  const { paths, webhooks, components } = members(document)
  const { schemas } = members(components)
  const operations = entries(paths).flatMap(([path, methods]) =>
    entries(methods).flatMap(([method, operation]) => (METHODS.includes(method) ? [{ path, method, operation }] : [])),
  )
  const lean_paths: { [path: string]: Json } = {}
  for (const { path, method, operation } of operations) lean_paths[path] = { ...lean_paths[path], [method]: lean(operation) }
  const ast = await openapiTS(
    JSON.stringify({
      openapi: '3.1.0',
      info: { title: 'Filmgate', version: '1' },
      paths: lean_paths,
      webhooks: Object.fromEntries(entries(webhooks).map(([type, { post }]) => [type, { post: lean(post) }])),
      components: { schemas: typed(schemas) },
    }),
    { defaultNonNullable: false, emptyObjectsUnknown: true },
  )
  const keyed = operations.flatMap(({ path, method, operation }) => (method === 'post' && takesKey(operation) ? [path] : []))
  const codes = enumOf(schemas, 'code')
  return [
    HEADER,
    compact(astToString(ast)),
    '\n/** The paths whose POST does one thing once, however often it is sent with one `Idempotency-Key`. */\n',
    `export const KEYED_PATHS = [\n${keyed.map((path) => `  '${path}',\n`).join('')}] as const\n`,
    '\n/** Every code that an answer of this version may carry. */\n',
    `export const PROBLEM_CODES = [\n${codes.map((code) => `  '${code}',\n`).join('')}] as const\n`,
  ].join('')
}

/** An operation without its refusals (they are all of one shape), its headers (the client's own matter) and files (they go as form data). */
function lean(operation: unknown): Json {
  const { parameters, requestBody, responses } = members(operation)
  const asked = list(parameters).filter((parameter) => members(parameter).in !== 'header')
  const answers = entries(responses).flatMap(([status, answer]) =>
    status.startsWith('2') ? [[status, { description: '', ...content(answer) }]] : [],
  )
  const body = content(requestBody)
  return {
    ...(asked.length > 0 ? { parameters: typed(asked) } : {}),
    ...(body.content ? { requestBody: { required: members(requestBody).required === true, ...body } } : {}),
    responses: Object.fromEntries(answers),
  }
}

function content(of: unknown): { readonly content?: Json } {
  const json = members(members(of).content)['application/json']
  return json === undefined ? {} : { content: { 'application/json': typed(json) } }
}

function takesKey(operation: unknown): boolean {
  return list(members(operation).parameters).some((parameter) => members(parameter).name === 'Idempotency-Key')
}

function enumOf(schemas: unknown, name: string): readonly string[] {
  const error = members(members(members(schemas).Error).properties).error
  return list(members(members(members(error).properties)[name]).enum).map(String)
}

/** The same without what no type shows. Names of properties are kept, whatever they are. */
function typed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(typed)
  if (typeof schema !== 'object' || schema === null) return schema
  const kept = Object.entries(schema).filter(([name]) => !UNTYPED.has(name))
  return Object.fromEntries(
    kept.map(([name, value]) => [
      name,
      name === 'properties' ? Object.fromEntries(entries(value).map(([property, of]) => [property, typed(of)])) : typed(value),
    ]),
  )
}

/** Without the members that only say that there is nothing, and comments that repeat a type; indented by two. */
function compact(text: string): string {
  const without = text
    .replace(/^ *\/\*\*[^*]*\*\/\n/gm, '')
    .replace(/^ *\w+\??: never;\n/gm, '')
    .replace(/^ *headers: \{\n *\[name: string\]: unknown;\n *\};\n/gm, '')
    .replace(/^ *parameters: \{\n *\};\n/gm, '')
    .replace(/^export type (\$defs|operations) = .*\n/gm, '')
    .replace(/;$/gm, '')
  return without.replace(/^( {4})+/gm, (indent) => ' '.repeat(indent.length / 2))
}

function members(of: unknown): Json {
  return typeof of === 'object' && of !== null && !Array.isArray(of) ? Object.fromEntries(Object.entries(of)) : {}
}

function entries(of: unknown): [string, Json][] {
  return Object.entries(members(of)).map(([name, value]) => [name, members(value)])
}

function list(of: unknown): readonly unknown[] {
  return Array.isArray(of) ? of : []
}
