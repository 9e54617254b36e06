// Claim: a million accounts with ten million journal rows behind them are served like a ledger that has just begun: holds and captures, balances, a year's
// statement. `npm run bench -- million [accounts] [rounds] [seconds of one]`; the database is made in the temporary folder and takes 6 GB there for a
// million accounts. Rounds with the young ledger and the old one alternate; the median of what they come to against each other counts.
import { rm } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { appointEngine, ownerOf } from '../server/src/access/authenticate.ts'
import type { Owner } from '../server/src/access/owner.ts'
import { startPostgres } from '../server/src/db/postgres.ts'
import type { AccountId } from '../server/src/ledger/operation.ts'
import { newFolder } from '../test/e2e/server.ts'
import { type Ours, openOurs } from './ledger/ours.ts'
import { makeDatabase } from './ledger/peers.ts'
import { fill, type Past, ROWS_PER_ACCOUNT } from './million/fill.ts'
import type { Measure, Ratio } from './run.ts'

const CALLERS = 512
const WARM_MS = 3_000
/** Customers who order while it is measured: as many in the young ledger as in the old one, where they are one in a hundred. */
const ACTIVE = 10_000
const SAMPLE = 3_000
const BALANCES = 4_000
const READERS = 2

export const measure: Measure = async ([accounts = '1000000', rounds = '5', seconds = '4']) => {
  const folder = await newFolder()
  const postgres = await startPostgres({ data_folder: folder, log: () => undefined })
  if (postgres.outcome !== 'running') throw new Error(postgres.sentence)
  console.log(`${availableParallelism()} cores, ${loadavg()[0]?.toFixed(1)} processes busy on them before we begin`)
  const opened: Ours[] = []
  const open = async (name: string) => {
    const ours = await openOurs(await makeDatabase(postgres.admin_connection, name))
    opened.push(ours)
    return ours
  }
  try {
    await checkSample(await open('sample'))
    const [young, old] = [await open('young'), await open('old')]
    console.log(`filling ${accounts} accounts of ${ROWS_PER_ACCOUNT} rows, some of more`)
    const past = await fill(old.pool, Number(accounts), Date.now(), (line) => console.log(line))
    await settle(old)
    const few = await young.accounts(Math.min(ACTIVE, Number(accounts)), 1)
    const figures = await race(young, few, old, past, Number(rounds), Number(seconds))
    return [...figures, ...(await reads(old, past))]
  } finally {
    for (const ours of opened) await ours.end()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** As if it had been there for long: statistics and visibility are known, nothing waits to be written. */
async function settle({ pool }: Ours): Promise<void> {
  const client = await pool.connect()
  for (const sql of ['set statement_timeout = 0', 'vacuum analyze', 'checkpoint', 'reset statement_timeout']) await client.query(sql)
  client.release()
}

/** What is filled must be what a ledger would have written. */
async function checkSample(ours: Ours): Promise<void> {
  const { rows } = await fill(ours.pool, SAMPLE, Date.now(), () => undefined)
  const audit = await ours.ledger.audit({ full: true })
  if (!audit.ok) throw new Error(audit.checks.flatMap(({ ok, name, detail }) => (ok ? [] : [`${name}: ${detail}`])).join('\n'))
  console.log(`the audit of ${SAMPLE} accounts and ${rows} rows that were filled alike finds nothing`)
}

/** Holds and captures a second of the young ledger and the old one, of as many customers and of all of them. */
async function race(young: Ours, few: readonly AccountId[], old: Ours, past: Past, rounds: number, seconds: number): Promise<Ratio[]> {
  const step = Math.max(1, Math.floor(past.accounts.length / few.length))
  const active = past.accounts.filter((_, i) => i % step === 0).slice(0, few.length)
  const fields = [
    { name: 'young', ours: young, accounts: few },
    { name: 'old', ours: old, accounts: active },
    { name: 'old, all accounts', ours: old, accounts: past.accounts },
  ].map((field) => ({ ...field, per_second: [] as number[] }))
  for (const { ours, accounts } of fields) await ours.saturate(accounts, CALLERS, WARM_MS)
  for (let round = 1; round <= rounds; round += 1) {
    for (const field of fields) field.per_second.push((await field.ours.saturate(field.accounts, CALLERS, seconds * 1000)).per_second)
    console.log(
      `round ${round} of ${rounds}, a second: ${fields.map(({ name, per_second }) => `${name} ${per_second.at(-1)?.toFixed(0)}`).join(', ')}`,
    )
  }
  // Round by round: on a machine that others use too, neighbours in time are alike.
  const [base, same, all] = fields.map(({ per_second }) => per_second)
  const over = (figures: readonly number[] = []) =>
    quantile(
      figures.map((figure, round) => figure / (base?.[round] ?? Number.NaN)),
      0.5,
    )
  return [
    { claim: 'million_accounts_over_none', value: over(same), goal: 0.8 },
    { claim: 'million_all_active_over_none', value: over(all), goal: 0.8 },
  ]
}

/** What customers look at, in the old ledger. Times the other way round, so that more is better. */
async function reads(old: Ours, { accounts, busy, from, to }: Past): Promise<Ratio[]> {
  const balance = () => old.ledger.balance(ownerOfAccount(accounts[Math.floor(Math.random() * accounts.length)] ?? 1n), Date.now())
  for (let i = 0; i < 200; i += 1) await balance()
  const taken: number[] = []
  await Promise.all(
    Array.from({ length: READERS }, async () => {
      for (let i = 0; i < BALANCES / READERS; i += 1) taken.push(await timed(balance))
    }),
  )
  const p99 = quantile(taken, 0.99)
  const least: number[] = []
  for (let i = 0; i < BALANCES / READERS; i += 1) least.push(await timed(() => old.pool.query('select 1')))
  console.log(
    `${BALANCES} balances by ${READERS} readers: p50 ${quantile(taken, 0.5).toFixed(2)} ms, p99 ${p99.toFixed(2)} ms;`,
    `the least that a query takes on this machine now: p50 ${quantile(least, 0.5).toFixed(2)} ms, p99 ${quantile(least, 0.99).toFixed(2)} ms`,
  )
  const statements: number[] = []
  let lines = 0
  for (const account of busy.slice(0, 10)) {
    statements.push(
      await timed(async () => {
        lines = await yearOf(old, ownerOfAccount(account), from, to)
      }),
    )
  }
  const worst = Math.max(...statements)
  console.log(
    `a year's statement of ${lines} lines: ${quantile(statements, 0.5).toFixed(0)} ms, ${worst.toFixed(0)} ms at worst of ${statements.length}`,
  )
  return [
    { claim: 'million_balance_p99_10ms', value: 10 / p99, goal: 1 },
    { claim: 'million_statement_1s', value: 1_000 / worst, goal: 1 },
  ]
}

/** A whole year of an account, as a customer is sent it. @returns how many lines it has */
async function yearOf(ours: Ours, owner: Owner, from: number, to: number): Promise<number> {
  let lines = 0
  for await (const chunk of ours.ledger.statementCsv(owner, { from, to }, 'Europe/Berlin')) lines += chunk.split('\n').length - 1
  return lines - 3 // its head, and what it begins and ends with
}

function ownerOfAccount(account: AccountId): Owner {
  return ownerOf(appointEngine(), `cus_${account}`, account)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

function quantile(figures: readonly number[], part: number): number {
  return figures.toSorted((a, b) => a - b)[Math.min(figures.length - 1, Math.floor(figures.length * part))] ?? Number.NaN
}
