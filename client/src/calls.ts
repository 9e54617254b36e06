import type { components, paths, webhooks } from './generated.ts'

// How a call is written down: by its path as the contract spells it, with what the contract says it takes and answers.

export type Method = 'get' | 'post' | 'patch' | 'delete'

export type Path<M extends Method> = { [P in keyof paths]: paths[P] extends { readonly [K in M]: unknown } ? P : never }[keyof paths]

type Operation<P extends keyof paths, M extends Method> = paths[P] extends { readonly [K in M]: infer O } ? O : never
type Asked<O, N extends 'path' | 'query'> = O extends { parameters: { [K in N]?: infer A } } ? NonNullable<A> : never
type Sent<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : never
type Answered<O> = O extends { responses: infer R } ? Read<R[keyof R]> : never
type Read<A> = A extends { content: { 'application/json': infer T } } ? T : undefined

/** What a call answers. */
export type Answer<P extends keyof paths, M extends Method> = Answered<Operation<P, M>>
/** The JSON body that a call takes. */
export type Body<P extends keyof paths, M extends Method> = Given<Sent<Operation<P, M>>>
/** The query that a call takes. */
export type Query<P extends keyof paths, M extends Method> = Given<Asked<Operation<P, M>, 'query'>>

/** An object of the contract by its name. @example Schema<'Video'> */
export type Schema<N extends keyof components['schemas']> = components['schemas'][N]
export type Video = Schema<'Video'>

type Told<W> = W extends { post: { requestBody: { content: { 'application/json': infer E } } } } ? E : never
/** What a webhook tells. */
export type WebhookEvent = { [T in keyof webhooks]: Told<webhooks[T]> }[keyof webhooks]

/** As a caller may write it: lists that are read only, and `undefined` for a member that is left out. */
export type Given<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer I)[]
    ? readonly Given<I>[]
    : T extends object
      ? { readonly [K in Needed<T>]: Given<T[K]> } & { readonly [K in Exclude<keyof T, Needed<T>>]?: Given<T[K]> | undefined }
      : T
type Needed<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T]

export interface SendOptions {
  /** For an operator: the customer to act for, instead of the client's own. */
  readonly customer?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
  /** How long to wait for an answer to begin. Default: the client's. */
  readonly timeout_s?: number | undefined
}

export interface KeyOptions {
  /** Default: one made for this call, where the path honours it. Keep one of your own where a call must survive the end of this process. */
  readonly idempotency_key?: string | undefined
}

type PathPart<O> = [Asked<O, 'path'>] extends [never] ? { readonly path?: undefined } : { readonly path: Asked<O, 'path'> }
type QueryPart<O> = [Asked<O, 'query'>] extends [never]
  ? { readonly query?: undefined }
  : object extends Asked<O, 'query'>
    ? { readonly query?: Given<Asked<O, 'query'>> | undefined }
    : { readonly query: Given<Asked<O, 'query'>> }
/** A body that somebody wrote into a file: the gateway judges it, and names what is wrong with it. */
export class Unchecked {
  readonly value: unknown
  constructor(value: unknown) {
    this.value = value
  }
}

type Written<B> = Given<B> | FormData | Unchecked

type BodyPart<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
  ? { readonly body: Written<B> }
  : [Sent<O>] extends [never]
    ? { readonly body?: FormData | undefined }
    : { readonly body?: Written<Sent<O>> | undefined }

type PartsOf<O> = PathPart<O> & QueryPart<O> & BodyPart<O>

export type CallOptions<P extends keyof paths, M extends Method> = SendOptions & KeyOptions & PartsOf<Operation<P, M>>

/** The options of a call: to be left out where nothing is needed. */
export type Rest<P extends keyof paths, M extends Method> =
  object extends PartsOf<Operation<P, M>> ? [options?: CallOptions<P, M>] : [options: CallOptions<P, M>]

/** Paths whose GET answers a list in pages. */
export type ListPath = {
  [P in Path<'get'>]: Answer<P, 'get'> extends { data: readonly unknown[]; has_more: boolean } ? P : never
}[Path<'get'>]
export type Item<P extends ListPath> = Answer<P, 'get'> extends { data: readonly (infer I)[] } ? I : never
