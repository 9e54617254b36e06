import type { ProviderAccount } from '../../domain/provider-account.ts'
import type { SendWindow } from '../../domain/send-window.ts'
import type { Clock } from '../../domain/time.ts'
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
import { submitOnce } from '../submit-once.ts'
import { isUnknownTask, outputOf, readProgress, readSubmitted } from './answers.ts'
import { writeOrder } from './request.ts'

/** The date by which Runway knows the shape of its API; without it every request is refused. */
const VERSION = '2024-11-06'

/** Runway's developer API. It knows no key of ours and has no list: an order whose answer was lost is nobody's to find. */
export class Runway implements Provider {
  readonly #exchange: Exchange
  readonly #links: Links
  readonly #clock: Clock

  constructor(account: ProviderAccount, parts: { readonly clock: Clock; readonly request_timeout_ms: number }) {
    const key = account.api_key?.reveal()
    const credentials = { 'x-runway-version': VERSION, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) }
    const caller = { base_url: account.base_url, credentials: () => credentials, secrets: key === undefined ? [] : [key] }
    this.#exchange = new Exchange(caller, parts.request_timeout_ms)
    this.#links = new Links(account)
    this.#clock = parts.clock
  }

  submit(order: ProviderOrder, _key: AttemptKey, window: SendWindow): Promise<Submitted> {
    return submitOnce(
      this.#exchange,
      order,
      window,
      () => writeOrder(order),
      (answer) => readSubmitted(answer, this.#clock()),
    )
  }

  async find(): Promise<Found> {
    return { outcome: 'unknown', message: 'Runway has neither a list of tasks nor a look-up by a key of ours: its usage page may tell' }
  }

  async check({ id }: ProviderRef): Promise<Progress> {
    const exchanged = await this.#exchange.ask(pathOf(id))
    if (exchanged.outcome !== 'answered') return { state: 'no_verdict', message: exchanged.message }
    return readProgress(id, exchanged.answer)
  }

  /** By a link that is asked for afresh each time: they expire. */
  async open({ id }: ProviderAsset): Promise<ReadableStream<Uint8Array>> {
    if (typeof id !== 'string') throw new Error('nothing says which task the clip is of')
    const exchanged = await this.#exchange.ask(pathOf(id))
    if (exchanged.outcome !== 'answered') throw new Error(exchanged.message)
    const link = outputOf(exchanged.answer.json)
    if (link === null) throw new Error(`the task was answered with ${exchanged.answer.status} and links to nothing`)
    return this.#links.open(link)
  }

  async cancel({ id }: ProviderRef): Promise<CancelResult> {
    // DELETE of what has ended would erase the result: look first.
    const looked = await this.#exchange.ask(pathOf(id))
    if (looked.outcome !== 'answered') return 'unknown'
    if (isUnknownTask(looked.answer)) return 'stopped' // an earlier DELETE, whose answer was lost
    const progress = readProgress(id, looked.answer)
    if (progress.state === 'no_verdict') return 'unknown'
    if (progress.state === 'failed' && progress.reason === 'cancelled') return 'stopped'
    if (progress.state !== 'running') return 'too_late'
    const deleted = await this.#exchange.ask(pathOf(id), { method: 'DELETE' })
    return deleted.outcome === 'answered' && deleted.answer.status >= 200 && deleted.answer.status <= 299 ? 'stopped' : 'unknown'
  }

  /** Its links lapse by themselves; a deleted task can not be read again, and takes the operator's record of its cost with it. */
  async forget(): Promise<void> {}
}

function pathOf(id: string): string {
  return `/tasks/${encodeURIComponent(id)}`
}
