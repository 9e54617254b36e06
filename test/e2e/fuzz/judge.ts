import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Json } from '../call.ts'
import { type Operation, operationsOf, type Request } from './requests.ts'

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
}

/** What has no operation to be documented in: other methods, other paths. There, too, a key may be another request's and a limit reached. */
const ASTRAY: readonly number[] = [200, 400, 401, 403, 404, 405, 409, 413, 415, 429]
/** The 5xx that a request may deserve: nobody makes what it asks for; or others change the same customer's subscription at this moment, and it is to come again. */
const ALLOWED_5XX = ['no_route_available', 'overloaded']

/** Says what is wrong with an answer, by the document alone; null for nothing. */
export function judge(document: Json): (request: Request, answer: Answered) => string | null {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, allErrors: true })
  ajv.addSchema(document, 'contract')
  const validators = new Map<string, ReturnType<Ajv2020['compile']>>()
  const fits = (pointer: string, value: unknown): string | null => {
    let validate = validators.get(pointer)
    if (validate === undefined) {
      validate = ajv.compile({ $ref: `contract#${pointer}` })
      validators.set(pointer, validate)
    }
    return validate(value) ? null : ajv.errorsText(validate.errors, { dataVar: 'answer' }).slice(0, 600)
  }

  const operations = operationsOf(document)

  return (request, { status, headers, bytes }) => {
    const { strayed, method } = request
    if (!/^req_[0-9a-f]{32}$/.test(String(headers['x-request-id']))) return 'there is no x-request-id'
    const type = String(headers['content-type'] ?? '').split(';')[0] ?? ''
    const value = type === 'application/json' && bytes.length > 0 ? parsed(bytes) : undefined
    if (status >= 500 && !ALLOWED_5XX.includes(value?.error?.code)) return 'it is a 5xx'
    if (status >= 400 && method !== 'HEAD') {
      const why = fits('/components/schemas/Error', value)
      if (why !== null) return `it is no error in the envelope: ${why}`
    }
    if (strayed && ASTRAY.includes(status)) return null
    // One that strayed may have come to another operation's door.
    const operation = strayed ? operationAt(operations, method, request.url) : request.operation
    if (operation === undefined) return 'a request astray is answered like this'
    const documented = operation.about.responses[String(status)] ?? (status === 206 ? operation.about.responses['200'] : undefined)
    if (documented === undefined) return 'this status is not documented for it'
    if (status >= 400 && !documented.description.split(', ').includes(value?.error?.code))
      return `the code ${value?.error?.code} is not documented for it`
    if (status >= 400) return null
    if (documented.content?.[type] === undefined) return `the media type ${type} is not documented for it`
    if (type !== 'application/json') return null
    const place = ['paths', operation.path, operation.method.toLowerCase(), 'responses', String(status), 'content', type, 'schema']
    return fits(`/${place.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`, value)
  }
}

/** The operation that the document has for this method and path, whose trailing slashes mean nothing. */
function operationAt(operations: readonly Operation[], method: string, url: string): Operation | undefined {
  const parts = (url.split('?')[0] ?? '')
    .replace(/^\/openai(?=\/v1\/)/, '')
    .replace(/\/+$/, '')
    .split('/')
  return operations.find((one) => {
    const named = one.path.split('/')
    return one.method === method && named.length === parts.length && named.every((part, n) => part.startsWith('{') || part === parts[n])
  })
}

function parsed(bytes: Buffer): Json {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
