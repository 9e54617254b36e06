import { ownerOf } from '../access/authenticate.ts'
import { readCustomer } from '../access/customers.ts'
import { readBudget } from '../access/keys.ts'
import type { Owner } from '../access/owner.ts'
import { transaction } from '../db/pool.ts'
import { Problem } from '../domain/problems.ts'
import { isExpired, type Quote } from '../domain/quote.ts'
import { bothWishes } from '../domain/routing.ts'
import type { Clock, Instant } from '../domain/time.ts'
import type { Job, Jobs } from '../jobs/jobs.ts'
import type { Rider } from '../ledger/operation.ts'
import { LedgerUnavailable } from '../ledger/outcome.ts'
import type { Outlook } from '../ledger/outlook.ts'
import type { Wake } from '../ledger/parking.ts'
import { unparked } from '../ledger/parking.ts'
import { kindOf } from '../ledger/persist.ts'
import { accountsAt } from './accounts.ts'
import { budgetRiders } from './budget.ts'
import { checkGates } from './gates.ts'
import { goOnParked } from './park-riders.ts'
import type { Parts } from './parts.ts'
import { selectWork } from './queries.ts'
import { newQuote } from './quote.ts'
import { enqueueJob } from './riders.ts'
import {
  deleteWaking,
  enqueueWakes,
  lockLateWakes,
  lockWaking,
  type ParkedRow,
  parseParked,
  selectParked,
  selectWaking,
  setWakes,
  wakeNow,
} from './waking-queries.ts'
import type { Work } from './work.ts'

/** Prices, plans and routes may change without a word: what is parked is looked at this often at least. */
const LOOK_MS = 15 * 60_000
/** An account that moves faster than what is parked on it can be looked through is looked at again after this. */
const BUSY_MS = 1_000
const ROUNDS_MAX = 5
const PAGE = 100
/** A look this late has lost its job. */
const LATE_MS = 120_000
const BATCH = 200

/** What the ledger tells of accounts that may have more to spend, in the transaction that gave it to them. */
export function waker(jobs: Jobs, uuid: () => string, clock: Clock): Wake {
  return async (tx, accounts) => enqueueWakes(tx, jobs, await wakeNow(tx, accounts, uuid, clock()))
}

/**
 * The wake step: lets what is parked on an account go on as far as its credits reach, oldest first. What does not fit is passed by: a large order
 * waits, and holds up no small one. Then it says when to look again.
 */
export async function wakeStep(parts: Parts, job: Job): Promise<void> {
  const account = BigInt(job.subject)
  const waking = await selectWaking(parts.pool, parts.engine, account, job.id)
  if (waking === null) return
  const owner = ownerOf(parts.engine, waking.customer, account)
  const looked = await lookThrough(parts, owner)
  await transaction(parts.pool, async (tx) => {
    if (!(await lockWaking(tx, parts.engine, account, job.id))) return
    const [waits] = await selectParked(tx, owner, '', 1)
    if (waits === undefined) return deleteWaking(tx, parts.engine, account)
    const next = [{ account, customer: waking.customer, job: parts.uuid(), at: looked.again_at }]
    await setWakes(tx, next)
    await enqueueWakes(tx, parts.jobs, next)
  })
  if (looked.started > 0) {
    parts.jobs.wake('submit')
    parts.log.info('parked videos went on', { customer: waking.customer, count: looked.started })
  }
}

async function lookThrough(parts: Parts, owner: Owner): Promise<{ readonly started: number; readonly again_at: Instant }> {
  let started = 0
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const passed = await pass(parts, owner)
    started += passed.started
    if (!passed.moved) return { started, again_at: Math.min(passed.next_at ?? Number.POSITIVE_INFINITY, parts.clock() + LOOK_MS) }
  }
  return { started, again_at: parts.clock() + BUSY_MS }
}

/** Once over all that is parked. `moved`: the account did meanwhile, and an older one that did not fit may fit now. */
async function pass(
  parts: Parts,
  owner: Owner,
): Promise<{ readonly started: number; readonly moved: boolean; readonly next_at: Instant | null }> {
  let look = await parts.ledger.outlook(owner, parts.clock())
  let started = 0
  for (let after = ''; ; ) {
    const page = await selectParked(parts.pool, owner, after, PAGE)
    for (const { video, row } of page) {
      after = video
      const outcome = await goOn(parts, owner, look, video, row)
      if (outcome === 'moved') return { started, moved: true, next_at: null }
      if (outcome === 'passed_by') continue
      started += 1
      look = await parts.ledger.outlook(owner, parts.clock())
      if (look.ver !== outcome.ver) return { started, moved: true, next_at: null }
    }
    if (page.length < PAGE) return { started, moved: false, next_at: look.next_at }
  }
}

type Went = { readonly ver: bigint } | 'moved' | 'passed_by'

/** One of them. What is wrong with it is said, and is its own: it holds up no other. @throws what passes, like a lost connection: nobody can go on now */
async function goOn(parts: Parts, owner: Owner, look: Outlook, video: string, row: unknown): Promise<Went> {
  try {
    const parked = parseParked(row)
    if (look.available(parked.model) === 0n) return 'passed_by'
    const work = await selectWork(parts.pool, parts.engine, video)
    if (work === null || work.attempt.state !== 'parked' || work.cancel_requested_at !== null) return 'passed_by'
    const going = await priceAgain(parts, owner, work, parked)
    if (going === null || BigInt(going.quote.credits) > look.available(going.quote.model)) return 'passed_by'
    return await start(parts, work, going, look.ver)
  } catch (error) {
    if (error instanceof LedgerUnavailable || kindOf(error) === 'transient') throw error
    parts.log.error('a parked video could not be looked at', { video, error })
    return 'passed_by'
  }
}

interface Going {
  readonly quote: Quote
  /** The guard of its key's budget. */
  readonly riders: readonly Rider[]
}

/** What it costs now; null: more than its customer would pay, or it is not sold to them now. A quote that was named is honoured while it lasts. */
async function priceAgain(parts: Parts, owner: Owner, work: Work, parked: ParkedRow): Promise<Going | null> {
  const now = parts.clock()
  // What came with it, and not what its quote was told of: whoever makes it has to take that.
  const order = { ...work.quote.order, has_reference: work.reference_key !== null, has_characters: work.characters.length > 0 }
  try {
    const { tier, guardrails } = await readCustomer(parts.pool, owner)
    const budget = await budgetNow(parts, owner, parked)
    const bound = ownerOf(parts.engine, owner.customer, owner.account, { tier, guardrails, budget })
    const { plan } = await checkGates(parts, bound, { ...order, lane: 'standard' }, now)
    const keeps = parked.keeps_quote && !isExpired(work.quote, now)
    const quote = keeps
      ? work.quote
      : await newQuote(parts, bound, order, bothWishes(work.quote.wishes ?? {}, parked.policy), 'standard', plan)
    if (parked.max_credits !== null && BigInt(quote.credits) > parked.max_credits) return null
    return { quote, riders: await budgetRiders(parts, bound, BigInt(quote.credits), now) }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    parts.log.info('a parked video can not go on now', { video: work.video, why: error.message })
    return null
  }
}

/** The budget of the key that ordered, as it is by now. A key that had none does not count what was ordered before it had one. */
async function budgetNow({ pool }: Pick<Parts, 'pool'>, owner: Owner, { budget: then }: ParkedRow) {
  if (then === null) return null
  const { key_id } = then
  const budget = await readBudget(pool, owner, key_id)
  return budget === null ? null : { ...budget, key_id }
}

/** Hold, or stay parked: decided on the account as it was looked at. */
async function start(parts: Parts, work: Work, { quote, riders }: Going, ver: bigint): Promise<Went> {
  const { video, attempt, op, account } = work
  const now = parts.clock()
  const job = parts.uuid()
  const [provider] = accountsAt(parts, quote, quote.order, video)
  const outcome = await parts.ledger.commit(
    {
      kind: 'hold',
      op,
      account,
      credits: BigInt(quote.credits),
      model: quote.model,
      purpose: 'video',
      video,
      expires_at: null,
      reason: null,
      if_ver: ver,
    },
    [
      unparked(),
      goOnParked({ video, attempt: attempt.id, at_ms: now, job, quote, provider, ends: false }),
      ...riders,
      enqueueJob({ id: job, subject: video, queue: 'submit', start_at: now, priority: 0 }),
    ],
  )
  if (outcome.outcome === 'committed') return { ver: outcome.entry.ver }
  // It ended meanwhile, or went on: whoever did that moved it. Or its key has spent its budget: then it waits for another day.
  return outcome.outcome === 'moved' || outcome.outcome === 'insufficient' ? 'moved' : 'passed_by'
}

/** Gives accounts with parked videos that nobody looks at any more a new job. @param late_ms 0 at a start that is alone on its database */
export async function rescueWakes(parts: Parts, late_ms = LATE_MS): Promise<number> {
  return transaction(parts.pool, async (tx) => {
    const late = await lockLateWakes(tx, parts.engine, parts.clock() - late_ms, BATCH)
    const jobs = late.map(({ job }) => job)
    const live = late_ms === 0 ? new Set<string>() : await parts.jobs.live(tx, jobs)
    const lost = late.filter(({ job }) => !live.has(job)).map((wake) => ({ ...wake, job: parts.uuid(), at: parts.clock() }))
    if (lost.length === 0) return 0
    await setWakes(tx, lost)
    await enqueueWakes(tx, parts.jobs, lost)
    return lost.length
  })
}
