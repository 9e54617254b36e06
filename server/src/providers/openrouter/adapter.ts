import type { ProviderAccount } from '../../domain/provider-account.ts'
import type { SendWindow } from '../../domain/send-window.ts'
import type { Clock } from '../../domain/time.ts'
import { openContent } from '../content.ts'
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
import { submitOnce } from '../submit-once.ts'
import { isOfTime, readCallback, readProgress, readSubmitted } from './answers.ts'
import { mayBeCalled, writeOrder } from './request.ts'
import { faultOf } from './signature.ts'

/** OpenRouter's video API: the path of OpenAI's, and another protocol. It knows no key of ours and has no list: a lost order is known by its callback alone. */
export class OpenRouter implements Provider {
  readonly #exchange: Exchange
  readonly #links: Links
  readonly #clock: Clock
  readonly #base_url: string
  /** Of the workspace whose callbacks are signed; null: nobody has said. */
  readonly #callback_secret: string | null

  constructor(account: ProviderAccount, parts: { readonly clock: Clock; readonly request_timeout_ms: number }) {
    const key = account.api_key?.reveal()
    const credentials = key === undefined ? {} : { authorization: `Bearer ${key}` }
    const caller = { base_url: account.base_url, credentials: () => credentials, secrets: key === undefined ? [] : [key] }
    this.#exchange = new Exchange(caller, parts.request_timeout_ms)
    this.#links = new Links(account)
    this.#clock = parts.clock
    this.#base_url = account.base_url
    this.#callback_secret = account.options?.callback_secret?.reveal() ?? null
  }

  submit(order: ProviderOrder, _key: AttemptKey, window: SendWindow): Promise<Submitted> {
    return submitOnce(
      this.#exchange,
      order,
      window,
      () => writeOrder(order, mayBeCalled(this.#base_url, order.callback_url)),
      (answer) => readSubmitted(answer, this.#clock()),
    )
  }

  async find(): Promise<Found> {
    return { outcome: 'unknown', message: 'OpenRouter has no list of videos: only its callback tells whether the order arrived' }
  }

  /** A repeated one is no harm: it only wakes. Without a secret its word is a stranger's, and looked up like any hint. */
  async readCallback(body: Uint8Array, header: HeaderOf): Promise<CalledBack> {
    if (this.#callback_secret !== null) {
      const fault = faultOf(header('x-openrouter-signature'), body, this.#callback_secret, this.#clock())
      if (fault !== null) return { outcome: 'forged', message: fault }
    }
    const ref = readCallback(body)
    return ref === null ? { outcome: 'nothing' } : { outcome: 'about', ref }
  }

  async fits({ id }: ProviderRef, _order: ProviderOrder, window: Window): Promise<boolean> {
    return isOfTime(id, window) && (await this.check({ id })).state !== 'no_verdict'
  }

  async check({ id }: ProviderRef): Promise<Progress> {
    const exchanged = await this.#exchange.ask(pathOf(id))
    if (exchanged.outcome !== 'answered') return { state: 'no_verdict', message: exchanged.message }
    return readProgress(id, exchanged.answer)
  }

  async open({ id }: ProviderAsset): Promise<ReadableStream<Uint8Array>> {
    if (typeof id !== 'string') throw new Error('nothing says which job the clip is of')
    return openContent(this.#exchange, this.#links, `${pathOf(id)}/content?index=0`, 'video/mp4')
  }

  /** It knows no way to stop a job. */
  async cancel(): Promise<CancelResult> {
    return 'too_late'
  }

  /** Its copy lapses there by itself. */
  async forget(): Promise<void> {}
}

function pathOf(id: string): string {
  return `/videos/${encodeURIComponent(id)}`
}
