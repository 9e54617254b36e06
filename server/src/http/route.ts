import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Caller, Operator, Owner } from '../access/authenticate.ts'
import { type ProblemCode, problem } from '../domain/problems.ts'
import type { Instant } from '../domain/time.ts'
import type { FileLimits } from './body.ts'
import { read } from './issues.ts'
import type { Services } from './services.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** Who may call: anybody; a customer (or an operator for one); an operator; any key. */
export type Access = 'public' | 'customer' | 'operator' | 'any'

/** Somebody whose key was accepted. */
export type Known = Extract<Caller, { kind: 'customer' | 'operator' }>

type Admitted<A extends Access> = {
  readonly public: { readonly caller: null }
  readonly customer: { readonly caller: Known; readonly owner: Owner }
  readonly operator: { readonly caller: Known; readonly operator: Operator }
  readonly any: { readonly caller: Known }
}[A]

/** What every handler knows about its request. */
export interface Circumstances {
  readonly services: Services
  readonly reply: FastifyReply
  readonly request_id: string
  readonly now: Instant
  /** Method and path as called, without the alias's prefix: `POST /v1/videos`. */
  readonly operation: string
  /** The Idempotency-Key header, checked; null when there is none. */
  readonly idempotency_key: string | null
  /** SHA-256 of method, path and body, alike for JSON and multipart. */
  fingerprint(): Buffer
  /** The body as it came, where the route takes one of any kind; empty elsewhere. */
  readonly raw: Uint8Array
  /** Whether that is lines of JSON. */
  readonly in_lines: boolean
  /** How the body came: decides how a field of it is spelt back. */
  readonly encoding: 'json' | 'multipart'
  /** A request header, in lower case; null when it is absent. */
  header(name: string): string | null
  /** This process's request counters, as Prometheus text. */
  http_metrics(): string
  /** Aborted when the client goes away before the answer is out. */
  readonly signal: AbortSignal
}

/** A request after the door, before its schemas. */
export interface Incoming extends Circumstances {
  readonly caller: Known | null
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

export type Context<A extends Access, P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = Circumstances &
  Admitted<A> & { readonly params: z.output<P>; readonly query: z.output<Q>; readonly body: z.output<B> }

/** The body of an answer. Handlers may hand out what they must not change themselves. */
export type Answer<T> = T extends readonly (infer Item)[]
  ? readonly Answer<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Answer<T[Name]> }
    : T

/** Says that a handler has sent its answer by itself (a stream, CSV). */
export type Sent = FastifyReply

interface About {
  readonly method: Method
  /** As in OpenAPI: `/v1/videos/{id}`. */
  readonly path: string
  readonly operation_id: string
  readonly summary: string
  readonly description?: string
  readonly encodings?: readonly ('json' | 'multipart')[]
  /** File parts that the body may have, with their most bytes. */
  readonly files?: FileLimits
  /** Most bytes of a JSON body; 30 MiB unless told. */
  readonly body_limit?: number
  /** Takes lines of JSON beside one document: they are handed on as `raw`, and `body` is empty then. `body_limit` is theirs. */
  readonly lines?: true
  /** Takes a body of any kind, at most `body_limit` bytes, and hands it on as `raw`. */
  readonly raw_body?: true
  /** Of a success; 200 unless told. */
  readonly status?: 200 | 202
  /** It honours the Idempotency-Key header. */
  readonly idempotent?: boolean
  /**
   * It makes a video: bound by the customer's limits, of which its answers tell; and it hands `callOf` to `submit`, and so knows the silent
   * repeats of the official SDKs.
   */
  readonly makes_a_video?: boolean
  /** What it may refuse with, beyond what every route may. */
  readonly problems?: readonly ProblemCode[]
  /** Other forms of a 200: media type → what it is. */
  readonly media?: Readonly<Record<string, string>>
  /** Where a 302 of it leads; absent: it sends none. */
  readonly redirects?: string
  readonly tag: string
}

/** A route without its types: what the table holds, the app registers and OpenAPI prints. */
export interface Route extends About {
  readonly caller: Access
  readonly schemas: {
    readonly params: z.ZodType
    readonly query: z.ZodType
    readonly body: z.ZodType | null
    readonly response: z.ZodType | null
  }
  /** Parses and answers: the body of a 200, or the reply that was sent already. */
  run(incoming: Incoming): Promise<unknown>
}

const nothing = z.object({})

/** One line of the route table. Types of params, query and body come from the schemas, the caller's from `caller`. */
export function route<
  A extends Access,
  R extends z.ZodType,
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = typeof nothing,
>(
  about: About & {
    readonly caller: A
    readonly params?: P
    readonly query?: Q
    readonly body?: B
    /** The body of a 200; null for a route that answers something else than JSON. */
    readonly response: R | null
    handler(context: Context<A, P, Q, B>): Promise<Answer<z.input<R>> | Sent> | Answer<z.input<R>> | Sent
  },
): Route {
  const { handler, params, query, body, response, ...rest } = about
  const schemas = { params: params ?? nothing, query: query ?? nothing, body: body ?? null, response }
  return {
    ...rest,
    schemas,
    async run(incoming) {
      const context = {
        ...incoming,
        ...admit(about.caller, incoming.caller),
        params: read(schemas.params, incoming.params, 'path'),
        query: read(schemas.query, incoming.query, 'query'),
        body: schemas.body === null ? {} : read(schemas.body, incoming.body, incoming.encoding),
      }
      return await handler(context as unknown as Context<A, P, Q, B>) // each part was made by its own schema or by admit()
    },
  }
}

/**
 * Lets a caller in, or says why not. Called before the body is read, and again (at no cost) for its typed result.
 * @throws Problem operator_key_required, customer_required
 */
export function admit(access: Access, caller: Known | null): Admitted<Access> {
  if (access === 'public') return { caller: null }
  if (caller === null) throw problem('invalid_api_key', 'This path needs an API key.')
  if (access === 'any') return { caller }
  if (access === 'operator') {
    if (caller.kind === 'operator') return { caller, operator: caller.operator }
    throw problem('operator_key_required', "This path needs an operator's key; a customer's key does not open it.")
  }
  if (caller.owner !== null) return { caller, owner: caller.owner }
  throw problem('customer_required', 'An operator acts for a customer here: name it in the header Filmgate-Customer.', {
    param: 'Filmgate-Customer',
  })
}
