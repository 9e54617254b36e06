import { z } from 'zod'
import { gathered } from '../db/gather.ts'
import type { Sql, Tx } from '../db/pool.ts'
import { type Breaker, CAUSES } from '../domain/breaker.ts'
import type { Instant } from '../domain/time.ts'

// SQL of the breakers: one row for each account or route that is in trouble, none for all others. Every process decides by these rows.

const instant = z.bigint().transform(Number)
const breakerRow = z
  .object({
    name: z.string(),
    provider: z.string(),
    cause: z.enum(CAUSES),
    failures: z.number(),
    openings: z.number(),
    opened_ms: instant.nullable(),
    retry_ms: instant.nullable(),
    probe: z.string().nullable(),
    probe_ms: instant.nullable(),
  })
  .transform(
    ({ opened_ms, retry_ms, probe, probe_ms, ...row }): Breaker => ({
      ...row,
      open: opened_ms === null || retry_ms === null ? null : { since: opened_ms, retry_at: retry_ms },
      probe: probe === null || probe_ms === null ? null : { attempt: probe, at: probe_ms },
    }),
  )

const COLUMNS = 'name, provider, cause, failures, openings, opened_ms, retry_ms, probe, probe_ms'

/** All that are in trouble: a handful, however much is ordered. */
export async function selectBreakers(sql: Sql): Promise<readonly Breaker[]> {
  const found = await sql.query({ name: 'videos.breakers', text: `select ${COLUMNS} from videos.breakers order by name` })
  return found.rows.map((row) => breakerRow.parse(row))
}

const asked = gathered(async (sql, questions: readonly null[]) => {
  const breakers = await selectBreakers(sql)
  return questions.map(() => breakers)
})

/** The same for prices: those that are asked for at one time are read once. */
export function selectBreakersTogether(sql: Sql): Promise<readonly Breaker[]> {
  return asked(sql, null)
}

/** Makes an attempt the one that tries. Its provider account is locked, so that there is one. */
export async function setProbe(tx: Tx, names: readonly string[], attempt: string, now: Instant): Promise<void> {
  await tx.query({
    name: 'videos.set_probe',
    text: `update videos.breakers set probe = $2, probe_ms = $3 where name = any($1) and opened_ms is not null`,
    values: [names, attempt, now],
  })
}

/** The probe came to nothing that says anything: the next one tries. */
export async function dropProbe(sql: Sql, attempt: string): Promise<void> {
  await sql.query({
    name: 'videos.drop_probe',
    text: 'update videos.breakers set probe = null, probe_ms = null where probe = $1',
    values: [attempt],
  })
}

/** All is well with these. Returns those that had been open. */
export async function closeBreakers(sql: Sql, names: readonly string[]): Promise<readonly string[]> {
  const closed = await sql.query<{ name: string; was_open: boolean }>({
    name: 'videos.close_breakers',
    text: 'delete from videos.breakers where name = any($1) returning name, opened_ms is not null as was_open',
    values: [names],
  })
  return closed.rows.filter(({ was_open }) => was_open).map(({ name }) => name)
}

/** Locks one of these until the transaction ends, whether it is in trouble yet or not. Null: it was not. */
export async function lockBreaker(tx: Tx, breaker: Pick<Breaker, 'name' | 'provider' | 'cause'>): Promise<Breaker | null> {
  await tx.query({
    name: 'videos.begin_breaker',
    text: `insert into videos.breakers (name, provider, cause, failures) values ($1, $2, $3, 0) on conflict (name) do nothing`,
    values: [breaker.name, breaker.provider, breaker.cause],
  })
  const found = await tx.query({
    name: 'videos.lock_breaker',
    text: `select ${COLUMNS} from videos.breakers where name = $1 for update`,
    values: [breaker.name],
  })
  const row = found.rows[0] === undefined ? null : breakerRow.parse(found.rows[0])
  return row === null || row.failures === 0 ? null : row
}

/** Writes a breaker that is locked. */
export async function writeBreaker(tx: Tx, { name, provider, cause, failures, openings, open, probe }: Breaker): Promise<void> {
  await tx.query({
    name: 'videos.write_breaker',
    text: `insert into videos.breakers (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           on conflict (name) do update set cause = excluded.cause, failures = excluded.failures, openings = excluded.openings,
             opened_ms = excluded.opened_ms, retry_ms = excluded.retry_ms, probe = excluded.probe, probe_ms = excluded.probe_ms`,
    values: [
      name,
      provider,
      cause,
      failures,
      openings,
      open?.since ?? null,
      open?.retry_at ?? null,
      probe?.attempt ?? null,
      probe?.at ?? null,
    ],
  })
}
