import type { ProviderAccount } from '../../domain/provider-account.ts'
import type { SendWindow } from '../../domain/send-window.ts'
import type { Clock } from '../../domain/time.ts'
import { openContent } from '../content.ts'
import { type Caller, Exchange } from '../exchange.ts'
import { Links } from '../links.ts'
import type {
  AttemptKey,
  CalledBack,
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
import { submitOnce } from '../submit-once.ts'
import { type Asked, linkOf, readCallback, readCharacter, readProgress, readSubmitted, refOf } from './answers.ts'
import { isThere, lookUp } from './lookup.ts'
import { type Call, type Profile, profileOf } from './profile.ts'
import { type Worded, writeCharacter, writeOrder } from './request.ts'
import { wantedOf } from './same.ts'

export interface OpenaiParts {
  readonly clock: Clock
  /** How long an answer may take, but for what is sent with the request, and for a clip. */
  readonly request_timeout_ms: number
}

/** Any server that speaks the OpenAI Videos API, in the dialect of its profile. The wire format knows no key: one attempt is sent once, and looked for in the list. */
export class OpenaiCompatible implements Provider {
  readonly #profile: Profile
  readonly #exchange: Exchange
  readonly #links: Links
  readonly #parts: OpenaiParts
  readonly createCharacter?: NonNullable<Provider['createCharacter']>

  constructor(account: ProviderAccount, parts: OpenaiParts) {
    const profile = profileOf(account)
    this.#profile = { ...profile, callback_field: account.callback_field ?? profile.callback_field }
    this.#exchange = new Exchange(callerOf(account, this.#profile), parts.request_timeout_ms)
    this.#links = new Links(account)
    this.#parts = parts
    const { characters } = this.#profile
    if (characters !== null) this.createCharacter = (name, clip, bytes) => this.#createCharacter(characters, name, clip, bytes)
  }

  submit(order: ProviderOrder, _key: AttemptKey, window: SendWindow): Promise<Submitted> {
    return submitOnce(
      this.#exchange,
      order,
      window,
      () => writeOrder(this.#profile, order),
      (answer, written) => readSubmitted(this.#profile, askedOf(written, order), answer, this.#parts.clock()),
    )
  }

  async find(_key: AttemptKey, order: ProviderOrder, window: Window): Promise<Found> {
    if (this.#profile.lookup === 'none') return { outcome: 'unknown', message: 'this provider has no list to look into' }
    const holds = this.#holds(order)
    return lookUp(this.#exchange, wantedOf(order, holds), holds, window)
  }

  refOf(id: string, order: ProviderOrder): ProviderRef {
    return refOf(id, this.#holds(order))
  }

  /** Unsigned, in all dialects that call the address of an order: what is heard here is no more than a stranger's word. */
  async readCallback(body: Uint8Array): Promise<CalledBack> {
    const ref = readCallback(body)
    return ref === null ? { outcome: 'nothing' } : { outcome: 'about', ref }
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
    if (link !== null) return this.#links.open(link)
    return openContent(this.#exchange, this.#links, `${pathOf(id)}/content?variant=video`, 'video/mp4, application/binary, */*')
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
}

function askedOf({ by_id, call }: Worded, { characters }: ProviderOrder): Asked {
  return { by_id, holds: call.holds, can_upload: call.clip.upload, has_characters: characters.length > 0 }
}

function pathOf(id: string): string {
  return `/videos/${encodeURIComponent(id)}`
}

function callerOf({ base_url, api_key }: ProviderAccount, { key_header }: Profile): Caller {
  const key = api_key?.reveal()
  if (key === undefined) return { base_url, credentials: () => ({}), secrets: [] }
  const credentials = key_header === 'api-key' ? { 'api-key': key } : { authorization: `Bearer ${key}` }
  return { base_url, credentials: () => credentials, secrets: [key] }
}
