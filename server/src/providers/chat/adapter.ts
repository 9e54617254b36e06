import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from '../../db/pool.ts'
import type { ProviderAccount } from '../../domain/provider-account.ts'
import type { SendWindow } from '../../domain/send-window.ts'
import type { Clock } from '../../domain/time.ts'
import { answerTimeout, uploadBytes } from '../../domain/upload.ts'
import { Exchange } from '../exchange.ts'
import { Links } from '../links.ts'
import type {
  AttemptKey,
  CancelResult,
  Found,
  Progress,
  Provider,
  ProviderAsset,
  ProviderOrder,
  ProviderRef,
  Submitted,
} from '../provider.ts'
import { type CallRow, deleteCall, insertCall, selectCall } from './queries.ts'
import { LEASE_MS, Reader } from './reader.ts'
import { writeCall } from './request.ts'

export interface ChatParts {
  readonly pool: Sql
  readonly clock: Clock
  readonly request_timeout_ms: number
}

/**
 * Aggregators that make videos through `chat.completions`: one call, at a price per call, whose stream tells how it stands and ends with a link. There
 * is no job to ask about: who made the call reads it to its end and writes down what it says (chat.calls). A stream that breaks off, or whose
 * reader dies, leaves no verdict for ever, unless the account says that such calls are not billed: then it failed.
 */
export class ChatVideos implements Provider {
  readonly #account: ProviderAccount
  readonly #parts: ChatParts
  readonly #links: Links
  readonly #reader: Reader
  readonly #cut_is_free: boolean

  constructor(account: ProviderAccount, parts: ChatParts) {
    const { base_url, api_key } = account
    const key = api_key?.reveal() ?? null
    const credentials = (): Readonly<Record<string, string>> => (key === null ? {} : { authorization: `Bearer ${key}` })
    const exchange = new Exchange({ base_url, credentials, secrets: key === null ? [] : [key] }, parts.request_timeout_ms)
    this.#account = account
    this.#parts = parts
    this.#links = new Links(account)
    this.#reader = new Reader({ sql: parts.pool, clock: parts.clock, exchange })
    this.#cut_is_free = account.options?.cut_streams?.reveal() === 'unbilled'
  }

  async submit(order: ProviderOrder, key: AttemptKey, window: SendWindow): Promise<Submitted> {
    const { pool, clock, request_timeout_ms } = this.#parts
    let body: string | null
    try {
      body = await writeCall(order)
      if (body === null)
        return { outcome: 'rejected', reason: 'provider_rejected', message: 'The provider has no model of this size and length.' }
      if (!(await insertCall(pool, key, this.#account.name, clock(), clock() + LEASE_MS))) return await this.#sentBefore(key)
    } catch (error) {
      return { outcome: 'undelivered', message: `the order could not be written: ${String(error)}`, ours: true }
    }
    if (!window.open()) {
      await deleteCall(pool, key)
      return { outcome: 'undelivered', message: 'the send window had closed before the order was sent', ours: true }
    }
    const patience = new AbortController()
    const upload_bytes = uploadBytes({ clip_bytes: null, has_picture: order.reference !== null })
    const late = delay(answerTimeout(request_timeout_ms, upload_bytes), null, { signal: patience.signal })
      // Read on all the same: `find` may know more soon.
      .then((): Submitted => ({ outcome: 'unknown', message: 'no answer began in time' }))
    try {
      return await Promise.race([this.#reader.begin(key, body), late])
    } finally {
      patience.abort()
      late.catch(() => {})
    }
  }

  async #sentBefore(key: AttemptKey): Promise<Submitted> {
    const call = await selectCall(this.#parts.pool, key)
    return call !== null && isTaken(call)
      ? { outcome: 'running', ref: { id: key } }
      : { outcome: 'unknown', message: 'a call was sent under this key before, and its answer was never read' }
  }

  async find(key: AttemptKey): Promise<Found> {
    const call = await selectCall(this.#parts.pool, key)
    // Its row is written before it is sent, and taken away only once nothing was taken.
    if (call === null) return { outcome: 'absent' }
    if (isTaken(call)) return { outcome: 'found', ref: { id: key } }
    return { outcome: 'unknown', message: call.message ?? 'its answer was never read' }
  }

  async check({ id }: ProviderRef): Promise<Progress> {
    const call = await selectCall(this.#parts.pool, id)
    if (call === null) return { state: 'no_verdict', message: 'nobody knows of such a call' }
    const { state, percent, link, reason, message, lease_ms } = call
    if (state === 'done' && link !== null) return { state: 'succeeded', asset: { link }, cost_micro: null }
    if (state === 'failed' && reason !== null) return { state: 'failed', reason, message: message ?? '', cost_micro: null }
    if (state !== 'cut' && lease_ms > this.#parts.clock()) return { state: 'running', percent, phase: 'rendering' }
    if (this.#cut_is_free)
      return { state: 'failed', reason: 'provider_failed', message: 'The answer of the provider broke off.', cost_micro: 0n }
    return { state: 'no_verdict', message: message ?? 'who read the stream is gone, and nobody else can' }
  }

  async open({ link }: ProviderAsset): Promise<ReadableStream<Uint8Array>> {
    if (typeof link !== 'string') throw new Error('nothing says where the clip is')
    return this.#links.open(new URL(link))
  }

  /** Who hangs up is billed all the same, and loses the result. */
  async cancel(): Promise<CancelResult> {
    return 'too_late'
  }

  async forget({ id }: ProviderRef): Promise<void> {
    await deleteCall(this.#parts.pool, id)
  }

  stop(grace_ms: number): Promise<void> {
    return this.#reader.stop(grace_ms)
  }
}

function isTaken({ state }: CallRow): boolean {
  return state === 'streaming' || state === 'done' || state === 'failed'
}
