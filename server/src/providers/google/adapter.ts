import { usualBaseUrl } from '../../domain/adapters.ts'
import type { ProviderAccount } from '../../domain/provider-account.ts'
import type { SendWindow } from '../../domain/send-window.ts'
import type { Clock } from '../../domain/time.ts'
import { Exchange, type Request } from '../exchange.ts'
import { CLIP_TIMEOUT_MS, Links } from '../links.ts'
import type {
  AttemptKey,
  CalledBack,
  CancelResult,
  Found,
  HeaderOf,
  Progress,
  Provider,
  ProviderAsset,
  ProviderOrder,
  ProviderRef,
  Submitted,
  Window,
} from '../provider.ts'
import { jsonOf } from '../reading.ts'
import { readSigned } from '../standard-webhook.ts'
import { submitOnce } from '../submit-once.ts'
import { condense, longBytes } from './inline.ts'
import { fits, idIn, interactions, lookWhole } from './interactions.ts'
import { vertex } from './vertex.ts'
import type { Wire } from './wire.ts'

export interface GoogleParts {
  readonly clock: Clock
  readonly request_timeout_ms: number
}

/** Google, by either of its ways: Veo at Vertex (`vertex`), or Gemini Omni at the Interactions API (`gemini`). One attempt is sent once, and neither way can look a lost one up. */
export class Google implements Provider {
  readonly #wire: Wire
  readonly #exchange: Exchange
  readonly #links: Links
  readonly #parts: GoogleParts
  readonly #base_url: string
  readonly readCallback?: NonNullable<Provider['readCallback']>
  readonly fits?: NonNullable<Provider['fits']>

  constructor(account: ProviderAccount, parts: GoogleParts) {
    const key = account.api_key?.reveal()
    this.#base_url = baseOf(account)
    this.#parts = parts
    this.#exchange = new Exchange(
      {
        base_url: this.#base_url,
        credentials: () => (key === undefined ? {} : { 'x-goog-api-key': key }),
        secrets: key === undefined ? [] : [key],
      },
      parts.request_timeout_ms,
    )
    this.#links = new Links(account)
    if (account.profile === 'vertex') {
      this.#wire = vertex(placeOf(account))
      return
    }
    this.#wire = interactions
    const secret = account.options?.callback_secret?.reveal() ?? null
    this.readCallback = async (body, header) => this.#readCallback(secret, body, header)
    this.fits = (ref, order, window) => this.#fits(ref, order, window)
  }

  submit(order: ProviderOrder, key: AttemptKey, window: SendWindow): Promise<Submitted> {
    return submitOnce(
      this.#exchange,
      order,
      window,
      () => this.#wire.write(order, key),
      (answer) => this.#wire.readSubmitted(answer, this.#parts.clock()),
    )
  }

  async find(): Promise<Found> {
    return { outcome: 'unknown', message: this.#wire.unfindable }
  }

  async check(ref: ProviderRef): Promise<Progress> {
    const look = this.#wire.look(ref)
    if (look === null) return { state: 'no_verdict', message: 'the reference is none of this provider' }
    // A finished job may bring its whole clip along: it is let pass, and read again when it is fetched.
    const exchanged = await this.#exchange.ask(look.path, { ...look.request, condense })
    if (exchanged.outcome !== 'answered') return { state: 'no_verdict', message: exchanged.message }
    return this.#wire.readProgress(ref, exchanged.answer)
  }

  async open({ id, long }: ProviderAsset): Promise<ReadableStream<Uint8Array>> {
    const look = typeof id === 'string' ? this.#wire.look({ id }) : null
    if (look === null) throw new Error('nothing says which job the clip is of')
    if (typeof long === 'number') return this.#inline(look.path, look.request, long)
    // Asked for afresh each time: a link lapses, and what was linked to may be inline by now.
    const exchanged = await this.#exchange.ask(look.path, { ...look.request, condense })
    if (exchanged.outcome !== 'answered') throw new Error(exchanged.message)
    const clip = this.#wire.readClip(exchanged.answer)
    switch (clip?.at) {
      case 'long':
        return this.#inline(look.path, look.request, clip.long)
      case 'text':
        return ReadableStream.from([new Uint8Array(Buffer.from(clip.base64, 'base64'))])
      case 'link':
        return this.#linked(clip.uri)
      default:
        throw new Error(`the answer ${exchanged.answer.status} shows no clip`)
    }
  }

  async cancel(ref: ProviderRef): Promise<CancelResult> {
    const path = this.#wire.cancelPath(ref)
    if (path === null) return 'too_late'
    const cancelled = await this.#exchange.ask(path, { method: 'POST', condense })
    if (cancelled.outcome !== 'answered') return 'unknown'
    // Refused: it may have ended, one way or the other, and only a look tells.
    const is_taken = cancelled.answer.status >= 200 && cancelled.answer.status <= 299
    const progress = is_taken ? this.#wire.readProgress(ref, cancelled.answer) : await this.check(ref)
    if (progress.state === 'failed' && progress.reason === 'cancelled') return 'stopped'
    return progress.state === 'succeeded' || progress.state === 'failed' ? 'too_late' : 'unknown'
  }

  /** Its result lapses there by itself; deleting the job would take the operator's own record of what was bought. */
  async forget(): Promise<void> {}

  #readCallback(secret: string | null, body: Uint8Array, header: HeaderOf): CalledBack {
    const signed = secret === null ? null : readSigned(body, header, this.#parts.clock())
    if (typeof signed === 'string') return { outcome: 'forged', message: signed }
    if (secret !== null && signed?.fits(secret) === false) return { outcome: 'forged', message: 'its signature does not fit' }
    const id = idIn(jsonOf(body))
    return id === null ? { outcome: 'nothing' } : { outcome: 'about', ref: { id } }
  }

  async #fits(ref: ProviderRef, order: ProviderOrder, window: Window): Promise<boolean> {
    const path = lookWhole(ref)
    if (path === null) return false
    const exchanged = await this.#exchange.ask(path, { condense })
    return exchanged.outcome === 'answered' && fits(exchanged.answer, ref, order, window)
  }

  async #inline(path: string, request: Request, long: number): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#exchange.fetch(path, { accept: 'application/json' }, AbortSignal.timeout(CLIP_TIMEOUT_MS), request)
    if (response.status === 200 && response.body !== null) return ReadableStream.from(longBytes(response.body, long))
    await response.body?.cancel()
    throw new Error(`the clip was answered with ${response.status}`)
  }

  /** Its own files want its own key; whoever else is linked to gets none. */
  async #linked(uri: string): Promise<ReadableStream<Uint8Array>> {
    const link = new URL(uri)
    if (link.origin !== new URL(this.#base_url).origin) return this.#links.open(link)
    const response = await this.#exchange.fetch(link.href, { accept: 'video/mp4, */*' }, AbortSignal.timeout(CLIP_TIMEOUT_MS))
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status <= 399 && location !== null) {
      await response.body?.cancel()
      return this.#links.open(new URL(location, link))
    }
    // A page or an error with status 200 comes from something in between: no result, and no verdict on it either.
    const type = response.headers.get('content-type') ?? ''
    if (response.status === 200 && response.body !== null && !/\b(html|json)\b/.test(type)) return response.body
    await response.body?.cancel()
    throw new Error(`the clip was answered with ${response.status} ${type}`)
  }
}

const USUAL_LOCATION = 'us-central1'

/** An account that has only a key (express mode) names neither project nor place. */
function placeOf({ options }: Pick<ProviderAccount, 'options'>): string {
  const project = options?.project?.reveal()
  if (project === undefined) return ''
  const location = options?.location?.reveal() ?? USUAL_LOCATION
  return `/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(location)}`
}

/** Vertex answers for a place at an address of that place. An address that was configured stands. */
function baseOf({ base_url, profile, options }: Pick<ProviderAccount, 'base_url' | 'profile' | 'options'>): string {
  const location = options?.location?.reveal() ?? USUAL_LOCATION
  const is_placed = profile === 'vertex' && options?.project !== undefined && location !== 'global'
  return is_placed && base_url === usualBaseUrl('google', 'vertex') ? base_url.replace('//', `//${location}-`) : base_url
}
