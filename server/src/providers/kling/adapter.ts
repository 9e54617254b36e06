import type { ProviderAccount } from '../../domain/provider-account.ts'
import { parseDecimal, type Rational } from '../../domain/rational.ts'
import type { SendWindow } from '../../domain/send-window.ts'
import type { Clock } from '../../domain/time.ts'
import { type Caller, Exchange } from '../exchange.ts'
import { Links } from '../links.ts'
import type {
  AttemptKey,
  CalledBack,
  CancelResult,
  Found,
  Progress,
  Provider,
  ProviderAsset,
  ProviderOrder,
  ProviderRef,
  Submitted,
} from '../provider.ts'
import { jsonOf } from '../reading.ts'
import { submitOnce } from '../submit-once.ts'
import { linkIn, readFound, readProgress, readSubmitted, taskIn } from './answers.ts'
import { kindOf, mintToken, pathOf, refTo, writeOrder } from './request.ts'

export interface KlingParts {
  readonly clock: Clock
  readonly request_timeout_ms: number
}

/** Kling. It does not promise to know a second submit of one key for the same, so an order is sent once; lost, it is looked up by that key. */
export class Kling implements Provider {
  readonly #exchange: Exchange
  readonly #links: Links
  readonly #parts: KlingParts
  readonly #unit_usd: Rational | null

  /** @throws for an account with half a pair of keys, or a price that is no number */
  constructor(account: ProviderAccount, parts: KlingParts) {
    this.#exchange = new Exchange(callerOf(account, parts.clock), parts.request_timeout_ms)
    this.#links = new Links(account)
    this.#parts = parts
    this.#unit_usd = unitOf(account)
  }

  submit(order: ProviderOrder, key: AttemptKey, window: SendWindow): Promise<Submitted> {
    return submitOnce(
      this.#exchange,
      order,
      window,
      () => writeOrder(order, key),
      (answer) => readSubmitted(answer, kindOf(order), this.#parts.clock()),
    )
  }

  async find(key: AttemptKey, order: ProviderOrder): Promise<Found> {
    const path = pathOf(key, kindOf(order))
    if (path === null) return { outcome: 'unknown', message: 'the key is none that a task could be named by' }
    const exchanged = await this.#exchange.ask(path)
    if (exchanged.outcome !== 'answered') return { outcome: 'unknown', message: exchanged.message }
    return readFound(exchanged.answer, key, kindOf(order))
  }

  refOf(id: string, order: ProviderOrder): ProviderRef {
    return refTo(id, kindOf(order))
  }

  /** Unsigned: what is heard here is no more than a stranger's word. A lost order is looked up by its key, so nothing rests on it. */
  async readCallback(body: Uint8Array): Promise<CalledBack> {
    const id = taskIn(jsonOf(body))
    return id === null ? { outcome: 'nothing' } : { outcome: 'about', ref: { id } }
  }

  async check(ref: ProviderRef): Promise<Progress> {
    const path = pathOf(ref.id, ref.kind)
    if (path === null) return { state: 'no_verdict', message: 'the reference is none of this provider' }
    const exchanged = await this.#exchange.ask(path)
    if (exchanged.outcome !== 'answered') return { state: 'no_verdict', message: exchanged.message }
    return readProgress(ref, exchanged.answer, this.#unit_usd)
  }

  async open({ id, kind }: ProviderAsset): Promise<ReadableStream<Uint8Array>> {
    const path = typeof id === 'string' ? pathOf(id, kind) : null
    if (path === null) throw new Error('nothing says which task the clip is of')
    const exchanged = await this.#exchange.ask(path)
    if (exchanged.outcome !== 'answered') throw new Error(exchanged.message)
    const link = linkIn(exchanged.answer.json)
    if (link === null) throw new Error(`the answer ${exchanged.answer.status} shows no clip`)
    return this.#links.open(link)
  }

  /** There is none. */
  async cancel(): Promise<CancelResult> {
    return 'too_late'
  }

  /** There is nothing to delete a task by: Kling drops its clips after thirty days. */
  async forget(): Promise<void> {}
}

function callerOf({ name, base_url, api_key, options }: ProviderAccount, clock: Clock): Caller {
  const [access_key, secret_key] = [options?.access_key?.reveal(), options?.secret_key?.reveal()]
  if ((access_key === undefined) !== (secret_key === undefined)) throw new Error(`${name} has only one of access_key and secret_key`)
  if (access_key !== undefined && secret_key !== undefined) {
    const credentials = () => ({ authorization: `Bearer ${mintToken(access_key, secret_key, clock())}` })
    return { base_url, credentials, secrets: [secret_key, access_key] }
  }
  const key = api_key?.reveal()
  if (key === undefined) return { base_url, credentials: () => ({}), secrets: [] }
  return { base_url, credentials: () => ({ authorization: `Bearer ${key}` }), secrets: [key] }
}

function unitOf({ name, options }: Pick<ProviderAccount, 'name' | 'options'>): Rational | null {
  const told = options?.unit_usd?.reveal()
  if (told === undefined) return null
  const unit = parseDecimal(told)
  if (unit === null) throw new Error(`unit_usd of ${name} is not a decimal such as 0.14`)
  return unit
}
