import type { ProviderAccount } from '../../domain/provider-account.ts'
import type { SendWindow } from '../../domain/send-window.ts'
import type { Clock } from '../../domain/time.ts'
import { Exchange } from '../exchange.ts'
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
  Window,
} from '../provider.ts'
import { textAt } from '../reading.ts'
import { SigningKeys } from '../signing-keys.ts'
import { submitOnce } from '../submit-once.ts'
import { linkOf, readProgress, readSubmitted } from './answers.ts'
import { readCallback, readSecret, SECRET_LASTS_MS } from './callback.ts'
import { isThere, lookUp } from './lookup.ts'
import { writeOrder } from './request.ts'

export interface ReplicateParts {
  readonly clock: Clock
  readonly request_timeout_ms: number
}

/** Replicate's predictions. It takes no key, but a prediction keeps the address that it shall call: a lost order is found by that. */
export class Replicate implements Provider {
  readonly #cancel_after: string | null
  readonly #exchange: Exchange
  readonly #links: Links
  readonly #keys: SigningKeys<string>
  readonly #clock: Clock

  constructor(account: ProviderAccount, { clock, request_timeout_ms }: ReplicateParts) {
    const { base_url, api_key, options } = account
    const key = api_key?.reveal()
    const credentials = key === undefined ? {} : { authorization: `Bearer ${key}` }
    this.#exchange = new Exchange({ base_url, credentials: () => credentials, secrets: key === undefined ? [] : [key] }, request_timeout_ms)
    this.#links = new Links(account)
    this.#cancel_after = options?.cancel_after?.reveal() ?? null
    const told = options?.callback_secret?.reveal()
    this.#keys = new SigningKeys(async () => told ?? readSecret(this.#exchange), SECRET_LASTS_MS, clock)
    this.#clock = clock
  }

  submit(order: ProviderOrder, _key: AttemptKey, window: SendWindow): Promise<Submitted> {
    return submitOnce(
      this.#exchange,
      order,
      window,
      () => writeOrder(order, this.#cancel_after),
      (answer) => readSubmitted(answer, this.#clock()),
    )
  }

  async find(_key: AttemptKey, order: ProviderOrder, window: Window): Promise<Found> {
    return lookUp(this.#exchange, order, window)
  }

  async readCallback(body: Uint8Array, header: HeaderOf): Promise<CalledBack> {
    return readCallback(this.#keys, body, header, this.#clock())
  }

  fits(ref: ProviderRef, order: ProviderOrder, window: Window): Promise<boolean> {
    return isThere(this.#exchange, ref.id, order, window)
  }

  async check(ref: ProviderRef): Promise<Progress> {
    const exchanged = await this.#exchange.ask(pathOf(ref.id))
    if (exchanged.outcome !== 'answered') return { state: 'no_verdict', message: exchanged.message }
    return readProgress(exchanged.answer, ref)
  }

  /** The prediction is read again each time; its files are anybody's who has the link, for an hour. */
  async open(asset: ProviderAsset): Promise<ReadableStream<Uint8Array>> {
    const id = textAt(asset, 'id')
    if (id === null) throw new Error('nothing says which prediction the clip is of')
    const exchanged = await this.#exchange.ask(pathOf(id))
    if (exchanged.outcome !== 'answered') throw new Error(exchanged.message)
    const link = exchanged.answer.status === 200 ? linkOf(exchanged.answer.json) : null
    if (link === null) throw new Error(`the prediction was answered with ${exchanged.answer.status} and names no clip`)
    return this.#links.open(link)
  }

  /** It answers with the prediction as it is then. */
  async cancel(ref: ProviderRef): Promise<CancelResult> {
    const exchanged = await this.#exchange.ask(`${pathOf(ref.id)}/cancel`, { method: 'POST' })
    if (exchanged.outcome !== 'answered') return 'unknown'
    const progress = readProgress(exchanged.answer, ref)
    if (progress.state === 'succeeded') return 'too_late'
    if (progress.state !== 'failed') return 'unknown'
    return progress.reason === 'cancelled' ? 'stopped' : 'too_late'
  }

  /** What it has of a prediction lapses within an hour. */
  async forget(): Promise<void> {}
}

function pathOf(id: string): string {
  return `/predictions/${encodeURIComponent(id)}`
}
