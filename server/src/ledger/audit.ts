import type { Pool, Sql } from '../db/pool.ts'
import type { Clock, Instant } from '../domain/time.ts'
import { dueAt, packSlots, unpackSlots } from './account.ts'
import { readAllowances } from './allowance-queries.ts'
import {
  type AuditedAccount,
  type AuditedGrant,
  type Checkpoint,
  readAuditedAccounts,
  readGrantsOf,
  readRowsAfter,
  readWholeStories,
  readWrongAllowances,
  readWrongCycles,
  readWrongOpenHolds,
  saveCheckpoints,
} from './audit-queries.ts'
import { checkClaims, packClaimed } from './claims-audit.ts'
import { readClaims } from './claims-queries.ts'
import { readWrongEarnings } from './earnings-queries.ts'
import { NO_STORY, nameOfRow, type Row, type Story, withRow } from './journal.ts'
import type { GrantFacts } from './known.ts'
import type { AccountId, OpId } from './operation.ts'
import { checkStory, type Finding, INVARIANTS, type Invariant, Replay } from './replay.ts'
import { accountOf, factsOf, type JournalRow, rowOf } from './rows.ts'
import { auditChain } from './seal-audit.ts'
import { NO_JIT, saveSealCheckpoint } from './seal-queries.ts'
import { inSnapshot } from './snapshot.ts'
import { checkStanding } from './standing-audit.ts'
import { readSubscriptions } from './subscription-queries.ts'
import { packWaiting, summary } from './window.ts'

export interface Audit {
  readonly ok: boolean
  /** The instant of the snapshot: everything committed before it was looked at. */
  readonly through: Instant
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[]
}

/** What another module promises about its rows and the ledger's together. */
export interface FurtherCheck {
  readonly name: string
  /** Looks in the audit's snapshot. The detail names what is not as it must be. */
  look(sql: Sql, full: boolean): Promise<{ readonly ok: boolean; readonly detail: string }>
}

// 50 accounts with 1,000 rows each bound what lies in memory, however long an account's history is.
const ACCOUNTS_PER_CHUNK = 50
const ROWS_PER_ACCOUNT = 1_000
const NAMED_MAX = 20
// One statement of a full audit reads every seal.
const STATEMENT_MINUTES = 10

/**
 * Replays journals and compares, from one snapshot. `full` replays everything; otherwise only accounts that moved since their checkpoint,
 * from there on: an edit of rows before a checkpoint is found by the full audit only. Accounts without a finding get a new checkpoint.
 */
export async function audit(
  parts: { readonly pool: Pool; readonly clock: Clock },
  full: boolean,
  further: readonly FurtherCheck[],
): Promise<Audit> {
  const through = parts.clock()
  const found = new Map<Invariant, string[]>()
  const details = new Map<Invariant, string>()
  const others: Audit['checks'][number][] = []
  let rows = 0
  let accounts = 0
  await inSnapshot(parts.pool, async (sql) => {
    await sql.query(`set local statement_timeout = '${STATEMENT_MINUTES}min'; ${NO_JIT}`)
    const chain = await auditChain(sql, full)
    if (chain.findings.length > 0) found.set('sealed', [...chain.findings])
    if (chain.checkpoint) await saveSealCheckpoint(parts.pool, chain.checkpoint)
    details.set('sealed', chain.detail)
    const wrong = full ? await readWrongEarnings(sql) : []
    if (wrong.length > 0)
      found.set(
        'earnings',
        wrong.map(({ account_id, what }) => `account ${account_id}: ${what}`),
      )
    if (!full) details.set('earnings', 'looked at by the full audit')
    for (const check of further) {
      const { ok, detail } = await check.look(sql, full)
      others.push({ name: check.name, ok, detail })
    }
    for (let after = 0n; ; ) {
      const chunk = await readAuditedAccounts(sql, full, after, ACCOUNTS_PER_CHUNK)
      const last = chunk.at(-1)
      if (!last) return
      after = last.id
      const audited = await auditChunk(sql, chunk, full)
      rows += audited.rows
      accounts += chunk.length
      for (const { invariant, what } of audited.findings) {
        const known = found.get(invariant)
        if (known) known.push(what)
        else found.set(invariant, [what])
      }
      await saveCheckpoints(parts.pool, audited.clean, BigInt(through)) // on another connection: the snapshot is read only
    }
  })
  const names = Object.keys(INVARIANTS) as Invariant[]
  const checks = names.map((name) => {
    const what = found.get(name)
    const looked_at = details.get(name) ?? `${rows} rows of ${accounts} accounts${full ? '' : ' since the last audit'}`
    const detail = what ? listed(what) : `${looked_at}: ${INVARIANTS[name]}`
    return { name, ok: what === undefined, detail }
  })
  const all = [...checks, ...others]
  return { ok: all.every(({ ok }) => ok), through, checks: all }
}

function listed(what: readonly string[]): string {
  const more = what.length - NAMED_MAX
  return what.slice(0, NAMED_MAX).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

interface Chunk {
  readonly rows: number
  readonly findings: readonly Finding[]
  readonly clean: readonly Checkpoint[]
}

async function auditChunk(sql: Sql, accounts: readonly AuditedAccount[], full: boolean): Promise<Chunk> {
  const ids = accounts.map((one) => one.id)
  const grants = new Map<AccountId, AuditedGrant[]>(ids.map((id) => [id, []]))
  for (const grant of await readGrantsOf(sql, ids)) grants.get(grant.account_id)?.push(grant)

  const findings = new Map<AccountId, Finding[]>(ids.map((id) => [id, []]))
  const report = (account: AccountId) => (finding: Finding) => void findings.get(account)?.push(finding)
  const replays = new Map<AccountId, Replay>()
  for (const one of accounts) {
    const facts = new Map<bigint, GrantFacts>((grants.get(one.id) ?? []).map((grant) => [grant.no, factsOf(grant)]))
    replays.set(one.id, startOf(one, full, facts, report(one.id)))
  }
  const rows = await replayRows(sql, replays, report)
  for (const one of accounts) {
    const replay = replays.get(one.id)
    if (replay) compare(one, replay, grants.get(one.id) ?? [], report(one.id))
  }
  for (const wrong of await readWrongOpenHolds(sql, ids)) {
    const what = `account ${wrong.account_id}, hold ${wrong.op_id}: ${wrong.listed ? 'listed, but not open' : 'open, but not listed'}`
    report(wrong.account_id)({ invariant: 'open_holds', what })
  }
  const allowances = await readAllowances(sql, ids)
  const subscriptions = await readSubscriptions(sql, ids)
  const claims = await readClaims(sql, accounts.map(accountOf))
  for (const one of accounts) {
    const replay = replays.get(one.id)
    if (replay && claims !== 'newer') checkClaims(accountOf(one), claims.get(one.id) ?? new Map(), replay, report(one.id))
    const orders = { allowance: allowances.get(one.id) ?? null, subscription: subscriptions.get(one.id) ?? null }
    checkStanding(accountOf(one), orders, report(one.id))
  }
  for (const { account_id, no, what } of [...(await readWrongAllowances(sql, ids)), ...(await readWrongCycles(sql, ids))]) {
    report(account_id)({ invariant: 'standing', what: `account ${account_id}, grant ${no}: ${what}` })
  }
  const clean = accounts.filter((one) => findings.get(one.id)?.length === 0).map((one) => checkpointOf(one, replays.get(one.id)))
  return { rows, findings: [...findings.values()].flat(), clean }
}

function startOf(one: AuditedAccount, full: boolean, facts: ReadonlyMap<bigint, GrantFacts>, report: (finding: Finding) => void): Replay {
  if (full || one.c_ver === null) return new Replay(facts, report, null)
  const replay = new Replay(facts, report, unpackSlots([...(one.c_slots ?? []), ...(one.c_backlog ?? [])]), one.c_claims ?? [])
  replay.ver = one.c_ver
  replay.spent = one.c_spent ?? 0n
  replay.available = one.c_available ?? 0n
  replay.seen_ms = one.c_seen_ms ?? 0n
  replay.grants_made = one.c_grants_made ?? 0n
  return replay
}

async function replayRows(
  sql: Sql,
  replays: ReadonlyMap<AccountId, Replay>,
  report: (account: AccountId) => (finding: Finding) => void,
): Promise<number> {
  let count = 0
  let open = [...replays].map(([account, replay]) => ({ account, ver: replay.ver }))
  while (open.length > 0) {
    const rows = readable(await readRowsAfter(sql, open, ROWS_PER_ACCOUNT), report)
    count += rows.length
    const seen = new Map<AccountId, Row[]>()
    for (const row of rows) {
      replays.get(row.account)?.apply(row)
      const mine = seen.get(row.account)
      if (mine) mine.push(row)
      else seen.set(row.account, [row])
    }
    await checkStories(sql, rows, report)
    open = [...seen]
      .filter(([, mine]) => mine.length === ROWS_PER_ACCOUNT)
      .map(([account, mine]) => ({ account, ver: mine.at(-1)?.ver ?? 0n }))
  }
  return count
}

/** A row with a code that nobody wrote was edited by hand: that is a finding, and no reason to stop. */
function readable(stored: readonly JournalRow[], report: (account: AccountId) => (finding: Finding) => void): Row[] {
  return stored.flatMap((one) => {
    try {
      return [rowOf(one)]
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      report(one.account_id)({ invariant: 'balanced', what: `${nameOfRow(one.account_id, one.op_id, one.seq)}: ${why}` })
      return []
    }
  })
}

/** Every story of which a finish or refund was among the rows, whole: its hold may lie before the checkpoint. */
async function checkStories(sql: Sql, rows: readonly Row[], report: (account: AccountId) => (finding: Finding) => void): Promise<void> {
  const ended = new Map<OpId, AccountId>()
  for (const row of rows) if (row.seq > 0) ended.set(row.op, row.account)
  if (ended.size === 0) return
  const stories = new Map<OpId, Story>()
  const whole = await readWholeStories(sql, [...ended.keys()])
  for (const row of readable(whole, () => () => undefined)) stories.set(row.op, withRow(stories.get(row.op) ?? NO_STORY, row))
  for (const [op, account] of ended) checkStory(stories.get(op) ?? NO_STORY, report(account))
}

function compare(one: AuditedAccount, replay: Replay, grants: readonly AuditedGrant[], report: (finding: Finding) => void): void {
  const found = (invariant: Invariant, what: string) => report({ invariant, what: `account ${one.id}: ${what}` })
  if (one.account_ver !== replay.ver) found('versions', `its version is ${one.account_ver}, its journal ends at ${replay.ver}`)
  const account = accountOf(one)
  const stored = packSlots(account.slots).join()
  const slots = packSlots(replay.slots()).join()
  if (stored !== slots) found('replay', `its slots are {${stored}}, its journal gives {${slots}}`)
  const waiting = summary(null, account.backlog)
  const said = one.waiting?.join() ?? 'nothing'
  const waits = waiting === null ? 'nothing' : packWaiting(waiting).join()
  if (said !== waits) found('replay', `{${waits}} waits in its backlog, it says {${said}}`)
  if (one.spent !== replay.spent) found('replay', `spent is ${one.spent}, its journal gives ${replay.spent}`)
  if (one.grants_made !== replay.grants_made) found('replay', `${one.grants_made} grants made, its journal gives ${replay.grants_made}`)
  if (one.seen_ms !== replay.seen_ms) found('replay', `it has seen ${one.seen_ms}, its journal ends at ${replay.seen_ms}`)
  const due = dueAt(account)
  if (one.due_ms !== due) found('replay', `its next expiry is ${due}, it says ${one.due_ms}`)
  const known = new Set(grants.map((grant) => grant.no))
  for (const no of replay.touched()) if (!known.has(no)) found('grants', `its journal names grant ${no}, which does not exist`)
  for (const grant of grants) {
    if (!replay.whole && grant.no <= (one.c_grants_made ?? 0n)) continue // issued before the checkpoint
    const issued = replay.issued(grant.no)
    if (issued !== grant.amount) found('grants', `grant ${grant.no} is of ${grant.amount}, ${issued} were issued`)
  }
}

function checkpointOf(one: AuditedAccount, replay: Replay | undefined): Checkpoint {
  const { id: account, account_ver: ver, slots, waiting, backlog, grants_made, spent, debt, awaited, seen_ms } = one
  const claims = replay ? packClaimed(replay) : []
  return { account, ver, slots, waiting, backlog, grants_made, spent, debt, awaited, claims, seen_ms, available: replay?.available ?? 0n }
}
