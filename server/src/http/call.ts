import type { Call } from '../access/calls.ts'
import type { Circumstances, Known } from './route.ts'

/** This request as one of a call that makes a video: what `submit` needs to know a silent repeat of the official SDKs. */
export function callOf(context: Circumstances & { readonly caller: Known }): Call {
  return {
    key_id: context.caller.key_id,
    operation: context.operation.slice(0, 200),
    request_hash: context.fingerprint(),
    retry_count: retryCount(context.header('x-stainless-retry-count')),
    gone: () => context.signal.aborted,
  }
}

/** What is no count says nothing, and nothing is a repeat unless it says so. */
export function retryCount(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : null
}

/** The video that a request names: in its path, or as the source of another one. */
export function namedVideo(params: unknown, body: unknown): string | null {
  return textAt(params, 'video_id') ?? textAt(member(body, 'video'), 'id') ?? textAt(body, 'video')
}

/** The model of a video that is answered with. */
export function modelOf(answer: unknown): string | null {
  return textAt(answer, 'model')
}

function textAt(value: unknown, name: string): string | null {
  const found = member(value, name)
  return typeof found === 'string' ? found : null
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}
