import type { ProviderAccount } from '../../domain/configuration.ts'
import type { SendWindow } from '../../domain/send-window.ts'
import type { Clock } from '../../domain/time.ts'
import { uploadBytes } from '../../domain/upload.ts'
import { createGuardedClient, type GuardedClient } from '../../net/guarded.ts'
import { readTrustedHosts } from '../../net/trusted.ts'
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
  Window,
} from '../provider.ts'
import { type Asked, linkOf, readCallback, readCharacter, readProgress, readSubmitted, refOf } from './answers.ts'
import { Exchange } from './exchange.ts'
import { isThere, lookUp } from './lookup.ts'
import { type Call, PROFILES, type Profile } from './profile.ts'
import { type Written, writeCharacter, writeOrder } from './request.ts'
import { wantedOf } from './same.ts'

export interface OpenaiParts {
  readonly clock: Clock
  /** How long an answer may take, but for what is sent with the request, and for a clip. */
  readonly request_timeout_ms: number
}

/** How long a whole clip may take on its way to us. */
const CLIP_TIMEOUT_MS = 600_000
const CLIP_BYTES_MAX = 2 * 1024 ** 3

/** Any server that speaks the OpenAI Videos API, in the dialect of its profile. The wire format knows no key: one attempt is sent once, and looked for in the list. */
export class OpenaiCompatible implements Provider {
  readonly #profile: Profile
  readonly #exchange: Exchange
  readonly #links: GuardedClient
  readonly #parts: OpenaiParts
  readonly createCharacter?: NonNullable<Provider['createCharacter']>

  constructor(account: ProviderAccount, parts: OpenaiParts) {
    const profile = PROFILES[account.profile]
    this.#profile = { ...profile, callback_field: account.callback_field ?? profile.callback_field }
    this.#exchange = new Exchange(account, this.#profile, parts.request_timeout_ms)
    this.#links = createGuardedClient({ trusted_hosts: trustedBy(account) })
    this.#parts = parts
    const { characters } = this.#profile
    if (characters !== null) this.createCharacter = (name, clip, bytes) => this.#createCharacter(characters, name, clip, bytes)
  }

  async submit(order: ProviderOrder, _key: AttemptKey, window: SendWindow): Promise<Submitted> {
    let written: Written
    try {
      written = await writeOrder(this.#profile, order)
    } catch (error) {
      return { outcome: 'undelivered', message: `the order could not be written: ${String(error)}` }
    }
    if (written.outcome === 'unsayable') return { outcome: 'rejected', reason: 'provider_rejected', message: written.message }
    try {
      if (!window.open()) return { outcome: 'undelivered', message: 'the send window had closed before the order was sent' }
      // Just as whoever waits for this answer counts it, and whoever asks later whether it arrived.
      const upload_bytes = uploadBytes({ clip_bytes: order.source?.bytes ?? null, has_picture: order.reference !== null })
      const exchanged = await this.#exchange.ask(written.path, { ...written.request, upload_bytes })
      switch (exchanged.outcome) {
        case 'answered':
          return readSubmitted(this.#profile, askedOf(written, order), exchanged.answer, this.#parts.clock())
        case 'undelivered':
          return exchanged
        case 'lost':
          return { outcome: 'unknown', message: exchanged.message }
      }
    } finally {
      await written.discard()
    }
  }

  async find(_key: AttemptKey, order: ProviderOrder, window: Window): Promise<Found> {
    if (this.#profile.lookup === 'none') return { outcome: 'unknown', message: 'this provider has no list to look into' }
    const holds = this.#holds(order)
    return lookUp(this.#exchange, wantedOf(order, holds), holds, window)
  }

  refOf(id: string, order: ProviderOrder): ProviderRef {
    return refOf(id, this.#holds(order))
  }

  readCallback(body: Uint8Array): ProviderRef | null {
    return readCallback(body)
  }

  fits(ref: ProviderRef, order: ProviderOrder, window: Window): Promise<boolean> {
    return isThere(this.#exchange, wantedOf(order, this.#holds(order)), ref.id, window)
  }

  #holds({ order }: ProviderOrder): Call['holds'] {
    return this.#profile.calls[order.operation]?.holds ?? 'whole'
  }

  async #createCharacter(
    path: string,
    name: string,
    open: () => Promise<ReadableStream<Uint8Array>>,
    upload_bytes: number,
  ): Promise<CharacterMade> {
    let clip: ReadableStream<Uint8Array>
    try {
      clip = await open()
    } catch (error) {
      return { outcome: 'failed', message: `the clip could not be read: ${String(error)}` }
    }
    const { headers, body, discard } = writeCharacter(this.#profile, name, clip)
    try {
      const exchanged = await this.#exchange.ask(path, { method: 'POST', headers, body, upload_bytes })
      if (exchanged.outcome === 'answered') return readCharacter(this.#profile, exchanged.answer)
      return { outcome: 'failed', message: exchanged.message }
    } finally {
      await discard()
    }
  }

  async check(ref: ProviderRef): Promise<Progress> {
    const exchanged = await this.#exchange.ask(pathOf(ref.id))
    if (exchanged.outcome !== 'answered') return { state: 'no_verdict', message: exchanged.message }
    return readProgress(this.#profile, ref, exchanged.answer)
  }

  async open(asset: ProviderAsset): Promise<ReadableStream<Uint8Array>> {
    const { id } = asset
    if (typeof id !== 'string') throw new Error('nothing says which job the clip is of')
    const link = await this.#link(id)
    return link === null ? this.#content(id) : this.#follow(link)
  }

  async cancel(ref: ProviderRef): Promise<CancelResult> {
    if (this.#profile.cancel === 'none') return 'too_late'
    // DELETE of what has ended would erase the result: look first.
    const exchanged = await this.#exchange.ask(pathOf(ref.id))
    if (exchanged.outcome !== 'answered') return 'unknown'
    if (exchanged.answer.status === 404) return 'stopped' // an earlier DELETE, whose answer was lost
    const progress = readProgress(this.#profile, ref, exchanged.answer)
    if (progress.state === 'no_verdict') return 'unknown'
    if (progress.state !== 'running') return 'too_late'
    const deleted = await this.#exchange.ask(pathOf(ref.id), { method: 'DELETE' })
    return deleted.outcome === 'answered' && deleted.answer.status >= 200 && deleted.answer.status <= 299 ? 'stopped' : 'unknown'
  }

  /** Its result lapses there by itself; deleting the job would take the operator's own record of what was bought. */
  async forget(): Promise<void> {}

  /** Asked for afresh each time: links expire, and some carry a key that must not be stored. */
  async #link(id: string): Promise<URL | null> {
    if (this.#profile.link === null) return null
    const exchanged = await this.#exchange.ask(pathOf(id))
    return exchanged.outcome === 'answered' ? linkOf(this.#profile, exchanged.answer) : null
  }

  async #content(id: string): Promise<ReadableStream<Uint8Array>> {
    const signal = AbortSignal.timeout(CLIP_TIMEOUT_MS)
    const response = await this.#exchange.fetch(
      `${pathOf(id)}/content?variant=video`,
      { accept: 'video/mp4, application/binary, */*' },
      signal,
    )
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status <= 399 && location !== null) {
      await response.body?.cancel()
      return this.#follow(new URL(location, response.url))
    }
    // A page or an error with status 200 comes from something in between: no result, and no verdict on it either.
    const type = response.headers.get('content-type') ?? ''
    if (response.status !== 200 || response.body === null || /\b(html|json)\b/.test(type)) {
      await response.body?.cancel()
      throw new Error(`the clip was answered with ${response.status} ${type}`)
    }
    return response.body
  }

  /** Without our key: who is linked to may be anybody. */
  async #follow(link: URL): Promise<ReadableStream<Uint8Array>> {
    const opened = await this.#links.openStream(link.href, { bytes_max: CLIP_BYTES_MAX, timeout_ms: CLIP_TIMEOUT_MS })
    if (opened.outcome === 'ok') return opened.stream
    throw new Error('why' in opened ? opened.why : 'this process ends')
  }
}

function askedOf({ by_id, call }: Extract<Written, { outcome: 'written' }>, { characters }: ProviderOrder): Asked {
  return { by_id, holds: call.holds, can_upload: call.clip.upload, has_characters: characters.length > 0 }
}

function pathOf(id: string): string {
  return `/videos/${encodeURIComponent(id)}`
}

/** The provider itself and what the configuration adds. */
function trustedBy(account: ProviderAccount): ReadonlySet<string> {
  const { hostname, port, protocol } = new URL(account.base_url)
  const own = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`
  const read = readTrustedHosts([own, ...account.trusted_hosts].join(','))
  if (read.outcome === 'wrong') throw new Error(`trusted_hosts of ${account.name}: ${read.what}`)
  return read.hosts
}
