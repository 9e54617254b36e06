import { afterAll, expect, test } from 'vitest'
import { Chance, seedOfRun } from '../../../test/sim/random.ts'
import { transaction } from '../db/pool.ts'
import { monthsAfter } from '../domain/calendar.ts'
import { testDatabase } from '../testing/database.ts'
import { Almanac, DAY } from './almanac.ts'
import { Bookkeeper, type Line, type Steps } from './bookkeeper.ts'
import { ENTRY_CODE } from './journal.ts'
import type { FinishCause } from './operation.ts'
import { captureOf, freshId, grantOf, HOUR, holdOf, ledgerWorld } from './testing.ts'

// Customers all over the world live through a leap day, changes of the clocks and jumps of our own clock, with daily, monthly and pack credits, while the
// sweep runs once in each minute. A bookkeeper with calendars of his own writes down what each of them must have.

/** How many days: 400 for a release. */
const DAYS = Number(process.env.FILMGATE_DAYS ?? 40)
/** All of 400 days have whatever may happen; a few of them the leap day and what most clocks do in spring. */
const START = Date.parse(DAYS >= 400 ? '2027-10-01T00:00:00Z' : '2028-02-26T00:00:00Z')
/** They change in spring or in autumn, by an hour or by half of one, at midnight or at night, or never; days begin from 14 hours before to 8 after UTC's. */
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Africa/Cairo',
  'Asia/Tokyo',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'America/St_Johns',
  'America/Los_Angeles',
  'UTC',
] as const
const CUSTOMERS_PER_ZONE = DAYS < 400 ? 1 : 2
const MINUTE = 60_000
/** The sweep runs at this second of the minutes of a watch that never jumps. */
const SWEEP_MS = 17_000
const ROUNDS_A_DAY = 3
const JUMPS = [10_000, -10_000, 61 * MINUTE, -HOUR, 5 * HOUR, -25 * HOUR, 26 * HOUR, -3 * MINUTE, 45_000]
const MODELS = ['sora-2', 'sora-2-pro']

const database = await testDatabase()
const { pool } = database
afterAll(() => database.drop())
const world = ledgerWorld(pool, 60_000)
const { ledger } = world

interface Customer {
  readonly name: string
  readonly account: Awaited<ReturnType<typeof world.account>>
  readonly books: Bookkeeper
  readonly open: ReturnType<typeof holdOf>[]
  /** Its subscription begins on this day of the run; null: never. */
  readonly subscribes: number | null
}

const almanacs = ZONES.map((zone) => new Almanac(zone, START - 3 * DAY, START + (DAYS + 420) * DAY))
const text = (day: number) => new Date(day * DAY).toISOString().slice(0, 10)

async function newCustomer(i: number, chance: Chance): Promise<Customer> {
  const almanac = almanacs[i % almanacs.length] ?? new Almanac('UTC', 0, 0)
  const today = almanac.day(START)
  const policies: readonly Steps[] = [
    [{ from: today - 100, credits: 30 }],
    // One that shrinks, is switched off, and comes back.
    [30, 10, 0, 100].map((credits, n) => ({ from: today + Math.round((DAYS * n) / 4), credits })),
    [],
  ]
  const steps = policies[chance.pick([0, 1, 1, 2].map((policy) => ({ policy, weight: 1 }))).policy] ?? []
  const account = await world.account()
  const customer = { name: `${almanac.zone} ${i}`, account, books: new Bookkeeper(almanac, steps), open: [] }
  if (steps.length > 0) await allow(customer, steps)
  return { ...customer, subscribes: chance.next() < 0.7 ? chance.between(0, Math.min(32, DAYS >> 1)) : null }
}

async function allow({ account, books }: Pick<Customer, 'account' | 'books'>, steps: Steps): Promise<void> {
  books.steps = steps
  const policy = steps.map(({ from, credits }) => ({ from: text(from), credits: BigInt(credits) }))
  await transaction(pool, (tx) => ledger.setAllowance(tx, account.owner, { policy, zone: books.almanac.zone, priority: 50 }))
}

/** One thing that a customer, or somebody for them, does now. Both are told, and must answer alike. */
async function act(customer: Customer, chance: Chance, day: number): Promise<void> {
  const { account, books, open, subscribes } = customer
  const now = world.now
  const dice = chance.next()
  const [which, amount, odd, length] = [chance.next(), chance.between(1, 60), chance.between(1, 30 * HOUR), chance.next()]
  if (subscribes !== null && books.months === null && day >= subscribes) return subscribe(customer, amount)
  if (books.months !== null && dice < 0.12) return pay(customer)
  if (dice < 0.2) {
    const months = length < 0.4 ? 12 : length < 0.7 ? 1 : 2
    const expires = monthsAfter(now, months, books.almanac.zone)
    expect(expires, `${customer.name}: ${months} months after ${now}`).toBe(books.almanac.months(now, months))
    const [model, cost] = [which < 0.3 ? 'sora-2-pro' : null, which < 0.6 ? 4_000 : 7_000]
    const grant = grantOf(account.id, BigInt(amount), {
      expires_at: expires,
      models: model === null ? null : [model],
      cost_micro: BigInt(cost * amount),
    })
    await ledger.commit(grant)
    return books.give('pack', amount, { expires, cost, model }, now)
  }
  if (dice < 0.23 && books.steps.length > 0) {
    const almanac = almanacs[Math.floor(which * almanacs.length)] ?? books.almanac
    await transaction(pool, (tx) => ledger.moveZone(tx, account.owner, almanac.zone))
    books.almanac = almanac
    return
  }
  if (dice < 0.25 && books.steps.length > 0)
    return allow(customer, [{ from: books.almanac.day(now) - 1, credits: amount }, ...books.steps.slice(1)])
  if (dice < 0.55 && open.length > 0) {
    const [hold] = open.splice(Math.floor(which * open.length), 1)
    if (hold === undefined) return
    const captured = length < 0.5 ? Number(hold.credits) : length < 0.7 ? Math.min(amount, Number(hold.credits)) : 0
    const causes: readonly FinishCause[] = captured > 0 ? ['completed'] : ['provider', 'platform', 'customer', 'moderation']
    const cause = causes[Math.floor(odd % causes.length)] ?? 'completed'
    const { outcome } = await ledger.commit(captureOf(hold, BigInt(captured), { cause }))
    expect(outcome, customer.name).toBe(books.finish(hold.op, captured, cause, now) ? 'committed' : 'finished')
    return
  }
  const model = MODELS[odd % 2] ?? ''
  const expires_at = which < 0.3 ? now + odd : null
  const hold = holdOf(account.id, BigInt(amount), { op: freshId(), model, expires_at, purpose: expires_at === null ? 'video' : 'service' })
  const answer = await ledger.commit(hold)
  const there = books.hold(hold.op, amount, model, expires_at ?? Number.POSITIVE_INFINITY, now)
  if (there === null) open.push(hold)
  expect([answer.outcome, 'available' in answer ? Number(answer.available) : null], customer.name).toEqual(
    there === null ? ['committed', null] : ['insufficient', there],
  )
}

async function subscribe({ account, books }: Customer, amount: number): Promise<void> {
  const months = { anchor: world.now, almanac: books.almanac, credits: amount * 10, cost: 20_000, rollover: amount % 3 === 0 ? amount : 0 }
  const wish = { id: `sub_${account.id}`, anchor: months.anchor, zone: months.almanac.zone, credits: BigInt(months.credits) }
  await transaction(pool, (tx) =>
    ledger.beginSubscription(tx, account.owner, {
      ...wish,
      cost_micro: BigInt(months.cost * months.credits),
      rollover_max: BigInt(months.rollover),
    }),
  )
  books.months = months
  books.pay(0)
}

/** As whoever takes a payment does: settled first, then the month that runs or the next one. */
async function pay({ name, account, books }: Customer): Promise<void> {
  let running = 0
  while (books.begins(running + 1) <= world.now) running += 1
  await ledger.settle(account.owner, world.now)
  books.settle(world.now)
  const month = Math.max(books.unpaid, running)
  if (month > running + 1) return
  expect(await transaction(pool, (tx) => ledger.payCycle(tx, account.owner, `sub_${account.id}`, month)), name).toBe(true)
  books.pay(month)
}

async function expectShown({ name, account, books }: Customer): Promise<void> {
  const { available, held, spent, owed, expiring, grants, next_reset } = await ledger.balance(account.owner, world.now)
  expect(
    {
      available: Number(available),
      held: Number(held),
      spent: Number(spent),
      expiring: expiring.map(({ credits, expires_at }) => ({ credits: Number(credits), expires_at })),
      grants: grants.map(({ kind, remaining, held, expires_at }) => ({
        kind,
        remaining: Number(remaining),
        held: Number(held),
        expires_at,
      })),
      next_reset,
    },
    `${name} at ${new Date(world.now).toISOString()}`,
  ).toEqual(books.show(world.now))
  expect(owed).toBe(0n)
}

async function expectLines({ name, account, books }: Customer): Promise<number> {
  const { rows } = await pool.query<{ line: Line }>(
    `select json_build_object('kind', kind, 'amount', amount, 'change', change, 'after', available_after, 'at', at_ms) as line
       from ledger.journal where account_id = $1 order by ver`,
    [account.id],
  )
  expect(
    rows.map(({ line }) => line),
    name,
  ).toEqual(books.lines.map((line) => ({ ...line, kind: ENTRY_CODE[line.kind] })))
  return rows.length
}

/** By what the database says alone: how long after its promise each grant's credits were written off, in milliseconds of a clock that did not jump meanwhile. */
async function expectInTime(jumps: readonly { readonly from: number; readonly to: number }[]): Promise<number> {
  const { rows } = await pool.query<{ at: number; promised: number }>(
    `select j.at_ms::float8 as at, g.expires_ms::float8 as promised
       from ledger.journal j cross join generate_series(1, cardinality(legs), 3) i join ledger.grants g on g.account_id = j.account_id and g.no = legs[i]
      where j.kind = ${ENTRY_CODE.expire}`,
  )
  const late = rows.map(({ at, promised }) => {
    const leapt = jumps.filter(({ to }) => promised < to && to <= at).map(({ from, to }) => to - Math.max(from, promised))
    return at - promised - leapt.reduce((sum, ms) => sum + ms, 0)
  })
  expect(late.filter((ms) => ms < 0 || ms > MINUTE)).toEqual([])
  return rows.length
}

/** When the database has something to sweep next. */
async function nextDue(): Promise<number> {
  const { rows } = await pool.query<{ due: number | null }>(
    'select least((select min(due_ms) from ledger.accounts), (select min(expires_ms) from ledger.open_holds))::float8 as due',
  )
  return rows[0]?.due ?? Number.POSITIVE_INFINITY
}

test(`cases 19 to 29: ${DAYS} days of ${ZONES.length * CUSTOMERS_PER_ZONE} customers in ${ZONES.length} zones, to the credit and the minute`, {
  timeout: 120_000 + DAYS * 20_000,
}, async () => {
  const chance = new Chance(seedOfRun())
  console.log(`seed ${chance.seed} (FILMGATE_SEED=${chance.seed} FILMGATE_DAYS=${DAYS} repeats it)`)
  world.now = START
  const customers: Customer[] = []
  for (let i = 0; i < ZONES.length * CUSTOMERS_PER_ZONE; i++) customers.push(await newCustomer(i, chance))
  const jumps: { from: number; to: number }[] = []
  /** By a watch that never jumps; the clock of the servers is ahead of it. */
  let watch = START
  let ahead = 0
  let swept = START
  let sweeps = 0
  let shown = 0

  /** Sweeps each minute until then. One that finds nothing to do does nothing: only those that must find something run. */
  const sweepUntil = async (then: number) => {
    for (;;) {
      const due = Math.min(await nextDue(), ...customers.map(({ books }) => books.due)) - ahead
      const minutes = Math.ceil((Math.max(due, swept + 1) - START - SWEEP_MS) / MINUTE)
      const sweep = START + SWEEP_MS + minutes * MINUTE
      if (sweep > then) break
      swept = sweep
      world.now = sweep + ahead
      await ledger.sweep(world.now)
      for (const { books } of customers) books.sweep(world.now)
      expect(await nextDue(), 'left by a sweep').toBeGreaterThan(world.now)
      sweeps += 1
    }
    swept = then // those until then would find nothing
    watch = then
    world.now = watch + ahead
  }

  const rounds = DAYS * ROUNDS_A_DAY
  for (let round = 0; round < rounds; round++) {
    const day = Math.floor(round / ROUNDS_A_DAY)
    const usual = START + round * (DAY / ROUNDS_A_DAY) + chance.between(0, DAY / ROUNDS_A_DAY - 2 * HOUR)
    // Often just before, at or after the instant at which something ends or begins for somebody: before any sweep was there.
    const ends = customers.map(({ books }) => books.due - ahead).filter((due) => due > watch + 1 && due < usual)
    const end = ends[chance.between(0, ends.length - 1)]
    await sweepUntil(end !== undefined && chance.next() < 0.7 ? end + chance.between(-1, 1) : Math.max(watch, usual))
    const jumped = round % 20 === 19
    if (jumped) {
      const by = JUMPS[chance.between(0, JUMPS.length - 1)] ?? 0
      jumps.push({ from: world.now, to: world.now + by })
      ahead += by
      world.now = watch + ahead
    }
    const acting = customers.filter(({ books }) => Math.abs(books.due - world.now) <= 1 || chance.next() < 0.3)
    const seeds = acting.map(() => chance.between(0, 2 ** 32 - 1))
    await Promise.all(
      acting.map(async (customer, i) => {
        const own = new Chance(seeds[i] ?? 0)
        await act(customer, own, day)
        await act(customer, own, day)
      }),
    )
    for (const customer of customers) {
      if (!jumped && round % 30 !== 0 && !(acting.includes(customer) && chance.next() < 0.5)) continue
      await expectShown(customer)
      shown += 1
    }
  }
  await sweepUntil(START + DAYS * DAY)

  let lines = 0
  for (const customer of customers) lines += await expectLines(customer)
  const expired = await expectInTime(jumps.filter(({ from, to }) => to > from))
  expect((await ledger.audit({ full: true })).checks.filter((check) => !check.ok)).toEqual([])
  const changes = almanacs.filter((almanac) => almanac.changes > 0).length
  console.log(
    `${DAYS} days, ${jumps.length} jumps of the clock, clocks that change in ${changes} of ${ZONES.length} zones: ${lines} rows of ${customers.length} customers`,
    `and ${shown} balances as by hand; ${expired} expiries within a minute; ${sweeps} sweeps found something`,
  )
})
