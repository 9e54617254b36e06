import { z } from 'zod'
import { PROBLEMS, type ProblemCode } from '../domain/problems.ts'
import type { Route } from './route.ts'

type Json = { [name: string]: unknown }

/** What every route behind a key may answer, and every route that reads a body or a query. */
const USUAL: readonly ProblemCode[] = ['invalid_api_key', 'internal_error', 'overloaded']

/** The whole contract as OpenAPI 3.1, printed from the route table: schemas are the ones that requests are read with. */
export function openapi(routes: readonly Route[], version: string): Json {
  const schemas: Json = {}
  const paths: { [path: string]: Json } = {}
  for (const route of routes) {
    const operations = paths[route.path] ?? {}
    paths[route.path] = operations
    operations[route.method.toLowerCase()] = operation(route, schemas)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Filmgate',
      version,
      description:
        'Self-hosted gateway and credit bank for AI video. Every path below /v1 also answers below /openai/v1. Times are Unix seconds, credits whole numbers, money decimal text.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { api_key: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: "A customer's or an operator's key." },
        api_key: { type: 'apiKey', in: 'header', name: 'api-key' },
      },
      schemas: { ...sorted(schemas), Error: ERROR },
    },
  }
}

function operation(route: Route, schemas: Json): Json {
  const { params, query, body, response } = route.schemas
  const parameters = [
    ...parametersOf(params, 'path', schemas),
    ...parametersOf(query, 'query', schemas),
    ...(route.caller === 'customer' || route.caller === 'any' ? [ACTING_FOR] : []),
    ...(route.idempotent ? [IDEMPOTENCY_KEY] : []),
    ...(route.makes_a_video ? [RETRY_COUNT] : []),
  ]
  const content: Json = {}
  if (response) content['application/json'] = { schema: schemaOf(response, 'output', schemas) }
  for (const [type, description] of Object.entries(route.media ?? {})) content[type] = { schema: { type: 'string', description } }
  return {
    operationId: route.operation_id,
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    tags: [route.tag],
    ...(route.caller === 'public' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: requestBody(route, body, schemas) } : {}),
    responses: { '200': { description: 'Success.', headers: REQUEST_ID, content }, ...refusals(route) },
  }
}

function requestBody(route: Route, body: z.ZodType, schemas: Json): Json {
  const schema = schemaOf(body, 'input', schemas)
  const types = (route.encodings ?? ['json']).map((encoding) => (encoding === 'json' ? 'application/json' : 'multipart/form-data'))
  return { required: !body.safeParse({}).success, content: Object.fromEntries(types.map((type) => [type, { schema }])) }
}

function refusals(route: Route): Json {
  const reads = route.schemas.body !== null || Object.keys(shapeOf(route.schemas.query)).length > 0
  const codes = new Set<ProblemCode>([
    ...(route.caller === 'public' ? [] : USUAL),
    ...(reads ? (['invalid_value', 'missing_required_parameter'] as const) : []),
    ...(route.schemas.body ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(route.path.includes('{') ? (['not_found'] as const) : []),
    ...(route.caller === 'operator' ? (['operator_key_required'] as const) : []),
    ...(route.caller === 'customer' ? (['customer_required'] as const) : []),
    ...(route.idempotent ? (['idempotency_conflict'] as const) : []),
    ...(route.problems ?? []),
  ])
  const by_status = Map.groupBy([...codes].sort(), (code) => PROBLEMS[code].status)
  return Object.fromEntries(
    [...by_status]
      .sort(([a], [b]) => a - b)
      .map(([status, names]) => [
        String(status),
        {
          description: names.join(', '),
          headers: REQUEST_ID,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      ]),
  )
}

function parametersOf(schema: z.ZodType, place: 'path' | 'query', schemas: Json): Json[] {
  return Object.entries(shapeOf(schema)).map(([name, field]) => {
    const { description, ...rest } = schemaOf(field, 'input', schemas)
    const required = place === 'path' || !field.safeParse(undefined).success
    return { name, in: place, required, ...(typeof description === 'string' ? { description } : {}), schema: rest }
  })
}

function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  return schema instanceof z.ZodObject ? (schema.shape as Readonly<Record<string, z.ZodType>>) : {}
}

/** The JSON Schema of a zod schema. Those with an `id` in their metadata go to the components, once. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const { $schema: _, $defs, ...own } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[name] = tidy(definition)
  return tidy(own) as Json
}

/** Definitions live under components; more members than we name today may come tomorrow, so no object forbids them. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value)
    .filter(([name, inner]) => !(name === 'additionalProperties' && inner === false) && !(name === 'id' && typeof inner === 'string'))
    .map(([name, inner]) => [
      name,
      name === '$ref' && typeof inner === 'string' ? inner.replace('#/$defs/', '#/components/schemas/') : tidy(inner),
    ])
  return Object.fromEntries(members)
}

function sorted(members: Json): Json {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const REQUEST_ID = { 'x-request-id': { description: 'Names this request in the log.', schema: { type: 'string' } } }

const ACTING_FOR: Json = {
  name: 'Filmgate-Customer',
  in: 'header',
  required: false,
  description: 'With an operator key: the customer to act for.',
  schema: { type: 'string' },
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'One key, one result, for 30 days. A repeat answers what the first request made, with `idempotent-replayed: true`.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

const RETRY_COUNT: Json = {
  name: 'x-stainless-retry-count',
  in: 'header',
  required: false,
  description:
    'Sent by the official SDKs. From 1 on and without Idempotency-Key, this is the same call as one of the last 15 minutes with the same key, path and content, if nothing says that its answer arrived: the oldest whose last request had a lower number. Answered with what that one made, with `idempotent-replayed: true`.',
  schema: { type: 'string' },
}

const ERROR: Json = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'param', 'code'],
      properties: {
        message: { type: 'string', description: 'What was wrong, and what would do.' },
        type: { enum: [...new Set(Object.values(PROBLEMS).map((one) => one.type))] },
        param: { type: ['string', 'null'], description: 'The field that is wrong, as the request spelt it.' },
        code: { enum: Object.keys(PROBLEMS) },
      },
    },
  },
}
