import { z } from 'zod'
import { PROBLEMS, type ProblemCode } from '../domain/problems.ts'
import { EVENTS } from './events.ts'
import { isRead } from './limits.ts'
import type { Route } from './route.ts'

type Json = { [name: string]: unknown }

/** What every route may answer: an address or a query that nobody can read is refused everywhere. */
const USUAL: readonly ProblemCode[] = ['invalid_value', 'internal_error', 'overloaded', 'starting']
/** What every route behind a key may answer. The last two are about the header Filmgate-Customer, which names nobody, or somebody else. */
const AT_THE_DOOR: readonly ProblemCode[] = ['invalid_api_key', 'not_found', 'operator_key_required']

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
    webhooks: Object.fromEntries(EVENTS.map((event) => [event.type, { post: told(event, schemas) }])),
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
  for (const [type, description] of Object.entries(route.media ?? {}))
    content[type] = { schema: { ...(type.endsWith('json') ? {} : { type: 'string' }), description } }
  return {
    operationId: route.operation_id,
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    tags: [route.tag],
    ...(route.caller === 'public' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: requestBody(route, body, schemas) } : {}),
    ...(route.raw_body ? { requestBody: { required: false, content: { '*/*': {} } } } : {}),
    responses: {
      [route.status ?? 200]: { description: 'Success.', headers: REQUEST_ID, content },
      ...(route.redirects ? { 302: { description: route.redirects, headers: { ...REQUEST_ID, ...LOCATION } } } : {}),
      ...refusals(route),
    },
  }
}

/** What we send: Standard Webhooks, to the addresses that were named. */
function told({ type, summary, body }: (typeof EVENTS)[number], schemas: Json): Json {
  return {
    operationId: `told_${type.replace('.', '_')}`,
    summary,
    tags: ['Webhooks'],
    security: [],
    parameters: [...SIGNED],
    requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'output', schemas) } } },
    responses: { '2XX': { description: 'Taken. Any other answer, or none within 15 s, is tried again for 72 hours.' } },
  }
}

function requestBody(route: Route, body: z.ZodType, schemas: Json): Json {
  const schema = schemaOf(body, 'input', schemas)
  const types = (route.encodings ?? ['json']).map((encoding) => (encoding === 'json' ? 'application/json' : 'multipart/form-data'))
  const lines = route.lines
    ? { 'application/jsonl': { schema: { type: 'string', description: 'The same in lines of JSON, as the wire format has them.' } } }
    : {}
  return { required: !body.safeParse({}).success, content: { ...Object.fromEntries(types.map((type) => [type, { schema }])), ...lines } }
}

function refusals(route: Route): Json {
  const reads = route.schemas.body !== null || Object.keys(shapeOf(route.schemas.query)).length > 0
  const codes = new Set<ProblemCode>([
    ...USUAL,
    ...(route.caller === 'public' ? [] : AT_THE_DOOR),
    ...(reads ? (['missing_required_parameter'] as const) : []),
    // Also where no body is wanted: one that comes all the same is read off the wire, or refused.
    ...(route.method === 'GET' ? [] : (['payload_too_large', 'unsupported_media_type'] as const)),
    ...(route.path.includes('{') ? (['not_found'] as const) : []),
    ...(route.caller === 'customer' ? (['customer_required'] as const) : []),
    ...(route.idempotent ? (['idempotency_conflict'] as const) : []),
    ...(route.caller !== 'operator' && isRead(route) ? (['rate_limit_exceeded'] as const) : []),
    ...(route.makes_a_video ? (['rate_limit_exceeded', 'too_many_open_videos'] as const) : []),
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
          headers: status === 429 ? { ...REQUEST_ID, ...RATE_LIMIT } : REQUEST_ID,
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

const LOCATION = { location: { description: 'An absolute address.', schema: { type: 'string', format: 'uri' } } }

const SIGNED = [
  ['webhook-id', "The event's id: the same on every try."],
  ['webhook-timestamp', 'Unix seconds of this try.'],
  ['webhook-signature', 'Of id, timestamp and body, with the secret of your endpoint (Standard Webhooks).'],
].map(([name, description]) => ({ name, in: 'header', required: true, description, schema: { type: 'string' } }))

const RATE_LIMIT = {
  'Retry-After': { description: 'Whole seconds until another try makes sense, at least 1.', schema: { type: 'integer', minimum: 1 } },
  'x-ratelimit-limit-requests': { description: 'How many there may be.', schema: { type: 'integer' } },
  'x-ratelimit-remaining-requests': { description: 'How many are left.', schema: { type: 'integer' } },
  'x-ratelimit-reset-requests': { description: 'In how long all are there again: `1s`, `6m0s`.', schema: { type: 'string' } },
}

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
        needed: { type: 'integer', description: 'Of 402: whole credits.' },
        rows: {
          type: 'array',
          description: 'Of a batch or a storyboard: its rows, or shots, that can not be ordered, up to a thousand of them.',
          items: {
            type: 'object',
            required: ['line', 'custom_id', 'param', 'code', 'message'],
            properties: {
              line: { type: 'integer', description: 'From 1: of the file, or of the list.' },
              custom_id: { type: ['string', 'null'] },
              param: { type: ['string', 'null'], description: 'Within the row.' },
              code: { type: 'string' },
              message: { type: 'string' },
            },
          },
        },
        rows_wrong: { type: 'integer', description: 'How many there are of them.' },
        available: { type: 'integer', description: 'Of 402 `insufficient_credits`: what this model may use now.' },
        offers: {
          type: 'array',
          description: 'Of 402: what would do. Each of them, done, is enough.',
          items: {
            type: 'object',
            required: ['kind'],
            properties: {
              kind: { enum: ['wait', 'cheaper', 'pack', 'plan'] },
              available_at: { type: 'integer', description: 'To wait: Unix seconds at which there is enough by itself.' },
              credits: { type: 'integer', description: 'What the cheaper order costs; what the pack or the plan brings at once.' },
              request: { type: 'object', description: 'The cheaper order, as a JSON body; files are to be sent along again.' },
              pack: { type: 'string' },
              plan: { type: 'string' },
              usd: { type: 'string', description: 'Of a pack, or of a month of a plan.' },
            },
          },
        },
      },
    },
  },
}
