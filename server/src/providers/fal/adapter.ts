import type { KeyObject } from 'node:crypto'
import type { ProviderAccount } from '../../domain/provider-account.ts'
import type { SendWindow } from '../../domain/send-window.ts'
import type { Clock } from '../../domain/time.ts'
import { Exchange, postOf } from '../exchange.ts'
import { Links } from '../links.ts'
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
} from '../provider.ts'
import { textAt } from '../reading.ts'
import { SigningKeys } from '../signing-keys.ts'
import { submitOnce, type Unsayable, type Written } from '../submit-once.ts'
import { linkOf, readResult, readStatus, readSubmitted, refOf } from './answers.ts'
import { KEYS_LAST_MS, readCallback, readKeys } from './callback.ts'
import { endpointOf, inputOf } from './models.ts'

export interface FalParts {
  readonly clock: Clock
  readonly request_timeout_ms: number
}

const WELL_KNOWN = '/.well-known/jwks.json'
/** fal's own hosts, at any of which it may say that a request is asked about. */
const FAL_HOSTS = /^[a-z0-9-]+\.fal\.run$/

/**
 * fal's queue: one request is submitted once, asked about where the answer says, and its result read apart. fal takes no key and shows no list:
 * an order whose answer was lost is known by its signed call alone.
 */
export class Fal implements Provider {
  readonly #base: URL
  readonly #trusted: readonly string[]
  readonly #exchange: Exchange
  readonly #links: Links
  readonly #keys: SigningKeys<readonly KeyObject[]>
  readonly #clock: Clock

  constructor(account: ProviderAccount, { clock, request_timeout_ms }: FalParts) {
    const { base_url, api_key, trusted_hosts, options } = account
    const key = api_key?.reveal()
    this.#base = new URL(base_url)
    this.#trusted = trusted_hosts
    this.#clock = clock
    const credentials = key === undefined ? {} : { authorization: `Key ${key}` }
    this.#exchange = new Exchange({ base_url, credentials: () => credentials, secrets: key === undefined ? [] : [key] }, request_timeout_ms)
    this.#links = new Links(account)
    const own = FAL_HOSTS.test(this.#base.hostname) ? `https://rest.fal.ai${WELL_KNOWN}` : `${this.#base.origin}${WELL_KNOWN}`
    const stranger = new Exchange({ base_url, credentials: () => ({}), secrets: [] }, request_timeout_ms)
    const jwks_url = options?.jwks_url?.reveal() ?? own
    this.#keys = new SigningKeys(() => readKeys(stranger, jwks_url), KEYS_LAST_MS, clock)
  }

  submit(order: ProviderOrder, _key: AttemptKey, window: SendWindow): Promise<Submitted> {
    return submitOnce(
      this.#exchange,
      order,
      window,
      () => writeOrder(order),
      (answer, { endpoint }) => readSubmitted(answer, endpoint, this.#clock()),
    )
  }

  async find(): Promise<Found> {
    return { outcome: 'unknown', message: 'fal shows nobody what was ordered: only its call can tell' }
  }

  refOf(id: string, order: ProviderOrder): ProviderRef {
    const addressed = endpointOf(order)
    return addressed.outcome === 'addressed' ? refOf(id, addressed.endpoint) : { id }
  }

  async readCallback(body: Uint8Array, header: HeaderOf): Promise<CalledBack> {
    return readCallback(this.#keys, body, header, this.#clock())
  }

  /** fal shows nothing of an order. That this account has such a request at this app is all there is to compare. */
  async fits(ref: ProviderRef): Promise<boolean> {
    return typeof (await this.#standing(ref)) !== 'string'
  }

  async check(ref: ProviderRef): Promise<Progress> {
    const standing = await this.#standing(ref)
    if (typeof standing === 'string') return { state: 'no_verdict', message: standing }
    if (standing.state !== 'over') return { state: 'running', percent: null, phase: standing.state }
    const exchanged = await this.#exchange.ask(this.#urlOf(ref, 'response_url'))
    if (exchanged.outcome !== 'answered') return { state: 'no_verdict', message: exchanged.message }
    return readResult(exchanged.answer, ref, standing.error)
  }

  /** The result is read again each time: its link is fal's to change. */
  async open(asset: ProviderAsset): Promise<ReadableStream<Uint8Array>> {
    const id = textAt(asset, 'id')
    if (id === null) throw new Error('nothing says which request the clip is of')
    const exchanged = await this.#exchange.ask(this.#urlOf({ ...asset, id }, 'response_url'))
    if (exchanged.outcome !== 'answered') throw new Error(exchanged.message)
    const link = exchanged.answer.status === 200 ? linkOf(exchanged.answer.json) : null
    if (link === null) throw new Error(`the result was answered with ${exchanged.answer.status} and names no clip`)
    return this.#links.open(link)
  }

  async cancel(ref: ProviderRef): Promise<CancelResult> {
    if (textAt(ref, 'app') === null) return 'unknown'
    const exchanged = await this.#exchange.ask(this.#urlOf(ref, 'cancel_url'), { method: 'PUT' })
    if (exchanged.outcome !== 'answered') return 'unknown'
    const { status, json } = exchanged.answer
    if (status === 400 && textAt(json, 'status') === 'ALREADY_COMPLETED') return 'too_late'
    if (status === 200 && textAt(json, 'status') === 'OK') return 'stopped' // it waited still, and was taken out of the queue
    if (status !== 202) return 'unknown'
    // Only a wish that was passed on: the model may finish all the same.
    const progress = await this.check(ref)
    return progress.state === 'failed' && progress.reason === 'cancelled' ? 'stopped' : 'unknown'
  }

  /** Its files lapse by themselves. */
  async forget(): Promise<void> {}

  /** Where a request stands, or why nobody can say. */
  async #standing(ref: ProviderRef): Promise<ReturnType<typeof readStatus>> {
    if (textAt(ref, 'app') === null) return 'nothing says which app has this request'
    const exchanged = await this.#exchange.ask(this.#urlOf(ref, 'status_url'))
    return exchanged.outcome === 'answered' ? readStatus(exchanged.answer, ref.id) : exchanged.message
  }

  /** Where fal said that this is asked, if our key may go there; else where fal's documents say. */
  #urlOf(ref: ProviderRef, name: 'status_url' | 'response_url' | 'cancel_url'): string {
    const told = textAt(ref, name)
    const url = told === null ? null : URL.parse(told)
    if (url !== null && this.#isOurs(url)) return url.href
    const app = (textAt(ref, 'app') ?? '').split('/').map(encodeURIComponent).join('/')
    const tail = { status_url: '/status', response_url: '', cancel_url: '/cancel' }[name]
    return `/${app}/requests/${encodeURIComponent(ref.id)}${tail}`
  }

  #isOurs(url: URL): boolean {
    if (url.username !== '' || url.password !== '') return false
    if (url.origin === this.#base.origin) return true
    if (url.protocol !== 'https:' && url.protocol !== this.#base.protocol) return false
    const place = `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`
    if (this.#trusted.includes(place)) return true
    return url.protocol === 'https:' && url.port === '' && FAL_HOSTS.test(this.#base.hostname) && FAL_HOSTS.test(url.hostname)
  }
}

async function writeOrder(order: ProviderOrder): Promise<(Written & { readonly endpoint: string }) | Unsayable> {
  const addressed = endpointOf(order)
  if (addressed.outcome === 'unsayable') return addressed
  const { endpoint } = addressed
  const query = order.callback_url === null ? '' : `?${new URLSearchParams({ fal_webhook: order.callback_url })}`
  // fal itself would run a request that fails up to ten times: what is repeated is for us to say.
  const request = postOf(await inputOf(order), { 'x-fal-no-retry': '1' })
  return { outcome: 'written', path: `/${endpoint}${query}`, request, endpoint }
}
