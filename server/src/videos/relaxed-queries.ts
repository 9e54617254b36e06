import type { Engine } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { RelaxedSlots } from '../domain/relaxed.ts'
import type { Instant } from '../domain/time.ts'
import type { OpId } from '../ledger/operation.ts'
import type { RiderRow } from '../ledger/riders.ts'
import { lockVideos } from './queries.ts'

// SQL of the relaxed lane. An attempt of it is in its line while it is `planned` and has a `relaxed_line_ms`.

const IN_LINE = `state = 'planned' and relaxed_line_ms is not null`

/** Marks new videos and their first attempts as relaxed: only who orders in this lane pays for it. */
export async function markRelaxed(tx: Tx, rows: readonly RiderRow[]): Promise<ReadonlySet<OpId>> {
  const marked = await tx.query<{ op_id: OpId }>({
    name: 'videos.mark_relaxed',
    text: `with video as (update videos.videos set relaxed = true where op_id = any($1::uuid[]) returning id, op_id),
                attempt as (update videos.attempts a set relaxed = true from video v where a.video = v.id returning v.op_id)
           select op_id from attempt`,
    values: [rows.map(({ op }) => op)],
  })
  return new Set(marked.rows.map(({ op_id }) => op_id))
}

export type CountedLane = Omit<RelaxedSlots, 'slots' | 'account'>

/** How a route's relaxed lane stands. Exact for who has locked its provider account. @param but an attempt that is not counted: the one that asks */
export async function countRelaxed(
  sql: Sql,
  _engine: Engine,
  lane: { readonly route: string; readonly provider: string },
  but: string | null,
  called_since: Instant,
): Promise<CountedLane> {
  const found = await sql.query<{ in_hand: bigint; called: bigint; waiting: boolean; standard_waits: boolean }>({
    name: 'videos.count_relaxed',
    text: `select (select count(*) from videos.attempts where route = $1 and relaxed and state in ('submitting', 'submit_unknown', 'running')
                      and id is distinct from $3) as in_hand,
                  (select count(*) from videos.attempts where route = $1 and ${IN_LINE} and relaxed_called_ms > $4
                      and id is distinct from $3) as called,
                  exists (select 1 from videos.attempts where route = $1 and ${IN_LINE} and relaxed_called_ms is null
                      and id is distinct from $3) as waiting,
                  exists (select 1 from videos.attempts where provider = $2 and state = 'planned' and line_customer is not null
                      and called_ms is null)
               or exists (select 1 from videos.attempts where provider = $2 and state = 'planned' and called_ms is not null)
               or exists (select 1 from videos.attempts where provider = $2 and state = 'planned' and not relaxed
                      and (no > 1 or send_before_ms is not null)) as standard_waits`,
    values: [lane.route, lane.provider, but, called_since],
  })
  const [row] = found.rows
  if (row === undefined) throw new Error('a count has no row')
  return { in_hand: Number(row.in_hand), called: Number(row.called), waiting: row.waiting, standard_waits: row.standard_waits }
}

/** Locks an attempt of a video that is locked, and says whether it was called from the relaxed line. */
export async function lockRelaxedAttempt(tx: Tx, _engine: Engine, attempt: string): Promise<{ readonly called: boolean }> {
  const found = await tx.query<{ called: boolean }>({
    name: 'videos.lock_relaxed_attempt',
    text: `select relaxed_called_ms is not null as called from videos.attempts where id = $1 for update`,
    values: [attempt],
  })
  return found.rows[0] ?? { called: false }
}

/** Puts an attempt into its line (again: as old as before), or with null takes it out: it goes to its provider. */
export async function setRelaxedLine(tx: Tx, _engine: Engine, attempt: string, age: Instant | null): Promise<void> {
  await tx.query({
    name: 'videos.set_relaxed_line',
    text: `update videos.attempts set relaxed = true, relaxed_line_ms = $2, relaxed_called_ms = null where id = $1`,
    values: [attempt, age],
  })
}

/** Calls the oldest of a route's line, their videos locked in id order. Returns the videos of those that still were in it. */
export async function callOldestRelaxed(tx: Tx, engine: Engine, route: string, now: Instant, most: number): Promise<readonly string[]> {
  const oldest = await tx.query<{ id: string; video: string }>({
    name: 'videos.oldest_relaxed',
    text: `select id, video from videos.attempts where route = $1 and ${IN_LINE} and relaxed_called_ms is null
            order by relaxed_line_ms, video limit $2`,
    values: [route, most],
  })
  await lockVideos(
    tx,
    engine,
    oldest.rows.map(({ video }) => video),
  )
  const called = await tx.query<{ video: string }>({
    name: 'videos.call_relaxed',
    text: `update videos.attempts set relaxed_called_ms = $2 where id = any($1) and ${IN_LINE} and relaxed_called_ms is null returning video`,
    values: [oldest.rows.map(({ id }) => id), now],
  })
  return called.rows.map(({ video }) => video)
}

/** Of these routes, the ones in whose line somebody stands who was not called. */
export async function selectWaitingRoutes(sql: Sql, _engine: Engine, routes: readonly string[]): Promise<readonly string[]> {
  const found = await sql.query<{ route: string }>({
    name: 'videos.relaxed_waiting_routes',
    text: `select route from unnest($1::text[]) as asked (route)
            where exists (select 1 from videos.attempts a where a.route = asked.route and ${IN_LINE} and relaxed_called_ms is null)`,
    values: [routes],
  })
  return found.rows.map(({ route }) => route)
}

/** Forgets calls that nobody answered: they are in the line again, as old as before. */
export async function forgetCalls(sql: Sql, _engine: Engine, routes: readonly string[], called_since: Instant): Promise<void> {
  await sql.query({
    name: 'videos.forget_relaxed_calls',
    text: `update videos.attempts set relaxed_called_ms = null where route = any($1) and ${IN_LINE} and relaxed_called_ms <= $2`,
    values: [routes, called_since],
  })
}
