import type { Pool } from '../../db/pool.ts'
import type { SendWindow } from '../../domain/send-window.ts'
import type { Clock } from '../../domain/time.ts'
import type { Decoder } from '../../media/decoder.ts'
import { type Store, TooManyBytes } from '../../media/store.ts'
import type {
  AttemptKey,
  CancelResult,
  CharacterMade,
  Found,
  Progress,
  Provider,
  ProviderAsset,
  ProviderOrder,
  ProviderRef,
  Submitted,
} from '../provider.ts'
import { blankOrder, cancelOrder, insertOrder, type OrderState, orderExists, readStatus } from './queries.ts'
import { NO_TROUBLE, readSentinels, withoutSentinels } from './sentinels.ts'
import { characterKey, NO_CODECS, outputKey, referenceKey, removeFiles, type Studio, sourceKey } from './studio.ts'

export interface AnimaticParts {
  readonly pool: Pool
  readonly store: Store
  readonly clock: Clock
  readonly studio: Pick<Studio, 'look' | 'abort'>
  /** Finds the picture of a character in its clip. */
  readonly decoder: Pick<Decoder, 'probe' | 'thumbnail'>
  readonly uuid: () => string
  /** Whether prompts may ask for trouble (`FILMGATE_SENTINELS`). */
  readonly sentinels: boolean
}

const REFERENCE_BYTES_MAX = 25 * 1024 ** 2
/** A clip may grow by extensions beyond what can be uploaded. */
const SOURCE_BYTES_MAX = 2 * 1024 ** 3
const CHARACTER_BYTES_MAX = 200 * 1024 ** 2

/**
 * The built-in provider: storyboard clips without any AI model. It costs nothing, and behaves like a paid one: orders are kept under the
 * attempt's key (the same key twice is one clip), drawn by whichever process is free, and fetched like any other result.
 */
export class Animatic implements Provider {
  readonly #parts: AnimaticParts

  constructor(parts: AnimaticParts) {
    this.#parts = parts
  }

  async submit(order: ProviderOrder, key: AttemptKey, window: SendWindow): Promise<Submitted> {
    const { pool, store, clock, studio, sentinels } = this.#parts
    const trouble = sentinels ? readSentinels(order.order.prompt) : NO_TROUBLE
    const reference_key = order.reference === null ? null : referenceKey(key)
    if (order.reference !== null && reference_key !== null) await store.put(reference_key, await order.reference(), REFERENCE_BYTES_MAX)
    const source_key = order.source === null ? null : sourceKey(key)
    if (order.source !== null && source_key !== null) await store.put(source_key, await order.source.open(), SOURCE_BYTES_MAX)
    const now = clock()
    const job = {
      prompt: sentinels ? withoutSentinels(order.order.prompt) : order.order.prompt,
      width: order.order.size.width,
      height: order.order.size.height,
      seconds: trouble.short ? order.order.seconds / 2 : order.order.seconds,
      reference_key,
      flaky: trouble.flaky,
      operation: order.order.operation,
      source_key,
      characters: order.characters.map(({ name, ref }) => ({ name, id: ref.id })),
      short: trouble.short,
    }
    const state: OrderState = trouble.hang ? 'hanging' : trouble.moderated ? 'moderated' : trouble.fail ? 'failed' : 'waiting'
    // The connection first: waiting for one must not carry the order past its window.
    const client = await pool.connect().catch(() => null)
    if (client === null) return { outcome: 'undelivered', message: 'the order book could not be reached', ours: true }
    try {
      if (!window.open()) return { outcome: 'undelivered', message: 'the send window had closed before the order was written', ours: true }
      await insertOrder(client, { key, job, created_at: now, not_before: now + trouble.slow_ms, state })
    } catch (error) {
      return { outcome: 'unknown', message: String(error) } // the row may be there although its answer was lost
    } finally {
      client.release()
    }
    studio.look()
    return { outcome: 'running', ref: { id: key } }
  }

  async find(key: AttemptKey): Promise<Found> {
    try {
      return (await orderExists(this.#parts.pool, key)) ? { outcome: 'found', ref: { id: key } } : { outcome: 'absent' }
    } catch (error) {
      return { outcome: 'unknown', message: String(error) }
    }
  }

  /** Keeps a picture out of the clip; the clip itself is not needed any more. */
  async createCharacter(_name: string, clip: () => Promise<ReadableStream<Uint8Array>>): Promise<CharacterMade> {
    const { store, decoder, uuid } = this.#parts
    const id = uuid()
    const clip_key = `animatic/characters/${id}.clip`
    try {
      await store.put(clip_key, await clip(), CHARACTER_BYTES_MAX)
      const thumbnail = await store.local(clip_key, async (path) =>
        (await decoder.probe(path)).outcome === 'unreadable' ? null : decoder.thumbnail(path),
      )
      if (thumbnail === null) return { outcome: 'rejected', message: 'The clip can not be read.' }
      if (thumbnail.outcome === 'unavailable') return { outcome: 'failed', message: NO_CODECS }
      if (thumbnail.outcome === 'failed') return { outcome: 'failed', message: thumbnail.why }
      await store.put(characterKey(id), thumbnail.bytes, CHARACTER_BYTES_MAX)
      return { outcome: 'made', ref: { id } }
    } catch (error) {
      if (error instanceof TooManyBytes) return { outcome: 'rejected', message: 'The clip is too large.' }
      return { outcome: 'failed', message: String(error) }
    } finally {
      await store.remove(clip_key)
    }
  }

  async check(ref: ProviderRef): Promise<Progress> {
    const status = await readStatus(this.#parts.pool, ref.id)
    if (status === null) return { state: 'no_verdict', message: 'the animatic does not know this order' }
    if (status.checks <= status.job.flaky) return { state: 'no_verdict', message: 'a status read failed, as the prompt asked' }
    switch (status.state) {
      case 'rendered':
        return {
          state: 'succeeded',
          asset: { ...(status.job.operation === 'extend' ? { part: 'tail' } : {}), key: outputKey(ref.id) },
          cost_micro: 0n,
        }
      case 'failed':
        return {
          state: 'failed',
          reason: 'provider_failed',
          message: status.message === NO_CODECS ? NO_CODECS : 'The animatic could not draw this clip.',
          cost_micro: 0n,
        }
      case 'moderated':
        return { state: 'failed', reason: 'moderation_blocked', message: 'The prompt was refused by the provider.', cost_micro: 0n }
      case 'cancelled':
        return { state: 'failed', reason: 'cancelled', message: 'The order was cancelled.', cost_micro: 0n }
      case 'waiting':
      case 'rendering':
      case 'hanging':
        return { state: 'running', percent: status.percent }
    }
  }

  async open(asset: ProviderAsset): Promise<ReadableStream<Uint8Array>> {
    const key = asset.key
    const opened = typeof key === 'string' ? await this.#parts.store.open(key) : null
    if (opened === null) throw new Error(`the animatic's clip ${String(key)} is gone`)
    return opened.stream
  }

  async cancel(ref: ProviderRef): Promise<CancelResult> {
    const stopped = await cancelOrder(this.#parts.pool, ref.id)
    if (stopped) this.#parts.studio.abort(ref.id)
    return stopped ? 'stopped' : 'too_late'
  }

  async forget(ref: ProviderRef): Promise<void> {
    this.#parts.studio.abort(ref.id)
    await blankOrder(this.#parts.pool, ref.id)
    await removeFiles(this.#parts.store, ref.id)
  }
}
