import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from '../../db/pool.ts'
import type { Clock } from '../../domain/time.ts'
import { type Store, StoreAway } from '../../media/store.ts'
import { type Claim, claimOrder, deleteOrders, endOrder, keepClaim, noteBreakdown } from './queries.ts'
import type { Renderer } from './renderer.ts'

export interface StudioParts {
  readonly pool: Pool
  readonly store: Store
  readonly renderer: Renderer
  readonly clock: Clock
  /** Folder for unfinished files. */
  readonly scratch: string
  /** Clips drawn at once in this process. */
  readonly concurrency: number
  readonly onError: (error: unknown) => void
}

/** A process that dies while drawing leaves its order to the others after this. */
const LEASE_MS = 10_000
const KEEP_MS = 2_000
/** How often a process looks for orders that another one took in, or whose time has come. */
const LOOK_MS = 500
const STORE_AGAIN_MS = 1_000
const CLIP_BYTES_MAX = 2 * 1024 ** 3
/** An order whose drawing breaks down is not begun for ever. */
const TRIES_MAX = 5
/** Longer than any video waits for its result (the final deadline, 24 h). */
const KEPT_MS = 48 * 3_600_000

/** Where a drawn clip lies until it is fetched. */
export function outputKey(key: string): string {
  return `animatic/${key}.mp4`
}

/** Where a first frame lies until its clip is drawn. */
export function referenceKey(key: string): string {
  return `animatic/${key}.reference`
}

/** Where the clip that an order begins from lies until its own is drawn. */
export function sourceKey(key: string): string {
  return `animatic/${key}.source`
}

/** What a character looks like. It belongs to no order, and stays. */
export function characterKey(id: string): string {
  return `animatic/characters/${id}.webp`
}

/** What the customer is told of an order that can not be drawn here at all. */
export const NO_CODECS = 'The built-in provider can not make clips on this platform: it has no video codecs here.'

/** Removes what an order left in the store. */
export async function removeFiles(store: Store, key: string): Promise<void> {
  await store.remove(outputKey(key))
  await store.remove(referenceKey(key))
  await store.remove(sourceKey(key))
}

/** Draws the orders of the animatic's book: any process may draw any of them, one at a time each. */
export class Studio {
  readonly #parts: StudioParts
  readonly #drawing = new Map<string, { abort: AbortController; done: Promise<void> }>()
  #timer: NodeJS.Timeout | null = null
  #looking = false
  #stopped = false

  constructor(parts: StudioParts) {
    this.#parts = parts
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_MS)
    this.look()
  }

  /** Stops drawing what was cancelled, if it is drawn here. Elsewhere its next keep-alive finds out. */
  abort(key: string): void {
    this.#drawing.get(key)?.abort.abort()
  }

  /** Takes orders up to the limit. Called by time, after a submit, and when a drawing ends. */
  look(): void {
    if (this.#looking || this.#stopped) return
    this.#looking = true
    this.#take()
      .catch(this.#parts.onError)
      .finally(() => {
        this.#looking = false
      })
  }

  /** Ends the drawings of this process; their leases lapse and another start draws them anew. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearInterval(this.#timer)
    for (const { abort } of this.#drawing.values()) abort.abort()
    await Promise.all([...this.#drawing.values()].map(({ done }) => done))
  }

  async sweep(): Promise<void> {
    for (const key of await deleteOrders(this.#parts.pool, this.#parts.clock() - KEPT_MS)) await removeFiles(this.#parts.store, key)
  }

  async #take(): Promise<void> {
    const { pool, clock, concurrency } = this.#parts
    while (this.#drawing.size < concurrency && !this.#stopped) {
      const now = clock()
      const claimed = await claimOrder(pool, now, now + LEASE_MS)
      if (claimed === null) return
      const abort = new AbortController()
      const done = this.#draw(claimed, abort)
        .catch(this.#parts.onError)
        .finally(() => {
          this.#drawing.delete(claimed.key)
          this.look()
        })
      this.#drawing.set(claimed.key, { abort, done })
    }
  }

  async #draw(claimed: Claim, abort: AbortController): Promise<void> {
    const { pool, renderer, clock, scratch } = this.#parts
    const { key, job, lease_until } = claimed
    const out_path = join(scratch, `${key}-${lease_until}.mp4`)
    const brought: string[] = []
    const bring = async (stored: string, name: string): Promise<string> => {
      const path = join(scratch, `${key}-${lease_until}.${name}`)
      brought.push(path)
      await this.#bring(stored, path)
      return path
    }
    let claim: Claim = claimed
    let percent = 0
    let keep: Promise<void> = Promise.resolve()
    const keeping = setInterval(() => {
      keep = keepClaim(pool, claim, percent, clock() + LEASE_MS)
        .then((kept) => {
          if (kept === null) abort.abort()
          else claim = kept
        })
        .catch(this.#parts.onError)
    }, KEEP_MS)
    try {
      const { prompt, width, height, seconds, operation, short } = job
      const reference_path = job.reference_key === null ? null : await bring(job.reference_key, 'reference')
      const source_path = job.source_key === null ? null : await bring(job.source_key, 'source')
      const characters = []
      for (const [i, { name, id }] of job.characters.entries())
        characters.push({ name, picture_path: await bring(characterKey(id), `character-${i}`) })
      const order = { prompt, width, height, seconds, operation, short, reference_path, source_path, characters, out_path }
      const onProgress = (fraction: number) => {
        percent = Math.floor(fraction * 99)
      }
      const rendered = await renderer.render(order, onProgress, abort.signal)
      if (rendered.outcome === 'aborted') return
      const stored = rendered.outcome === 'rendered' ? await this.#keepClip(key, out_path, abort.signal) : null
      // The proof must not change under the statement that shows it.
      clearInterval(keeping)
      await keep
      if (rendered.outcome === 'rendered') await endOrder(pool, claim, { state: 'rendered', bytes: stored, message: null })
      else {
        this.#parts.onError(new Error(`order ${key} could not be drawn: ${rendered.why}`))
        const message = rendered.outcome === 'unavailable' ? NO_CODECS : rendered.why
        await endOrder(pool, claim, { state: 'failed', bytes: null, message })
      }
    } catch (error) {
      clearInterval(keeping)
      await keep
      // A storage that is away is no fault of the order: it is drawn again when its lease has lapsed.
      if (!(error instanceof StoreAway)) await noteBreakdown(pool, claim, TRIES_MAX)
      throw error
    } finally {
      clearInterval(keeping)
      await rm(out_path, { force: true })
      for (const path of brought) await rm(path, { force: true })
    }
  }

  /** What is drawn waits for a storage that is away, instead of being drawn again. */
  async #keepClip(key: string, path: string, signal: AbortSignal): Promise<number> {
    for (;;) {
      const clip = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>
      try {
        return (await this.#parts.store.put(outputKey(key), clip, CLIP_BYTES_MAX)).bytes
      } catch (error) {
        if (!(error instanceof StoreAway) || signal.aborted) throw error
        this.#parts.onError(error)
        await delay(STORE_AGAIN_MS, null, { signal }).catch(() => null)
      }
    }
  }

  async #bring(key: string, path: string): Promise<void> {
    const opened = await this.#parts.store.open(key)
    if (opened === null) throw new Error(`${key} is not in the store`)
    await pipeline(opened.stream, createWriteStream(path))
  }
}
