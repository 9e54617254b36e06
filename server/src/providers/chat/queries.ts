import { z } from 'zod'
import type { Sql } from '../../db/pool.ts'
import type { Instant } from '../../domain/time.ts'
import type { AttemptKey } from '../provider.ts'

// All SQL on the schema `chat`: what calls have said so far. Nobody but the reader of a call writes its row.

/** How a call ended, as far as it was read. */
export type End =
  | { readonly state: 'done'; readonly link: string }
  | { readonly state: 'failed'; readonly reason: 'moderation_blocked' | 'provider_failed'; readonly message: string }
  /** It broke off, before anybody could say what became of it. */
  | { readonly state: 'cut'; readonly message: string }

/** Long after every video has ended. */
const KEPT_MS = 30 * 86_400_000

/** Notes a call that is about to be made; false if one was made under this key before. */
export async function insertCall(sql: Sql, key: AttemptKey, provider: string, now: Instant, lease_until: Instant): Promise<boolean> {
  await sql.query({ name: 'chat.sweep', text: 'delete from chat.calls where created_ms < $1', values: [now - KEPT_MS] })
  const inserted = await sql.query({
    name: 'chat.insert',
    text: 'insert into chat.calls (key, provider, lease_ms, created_ms) values ($1, $2, $3, $4) on conflict (key) do nothing',
    values: [key, provider, lease_until, now],
  })
  return inserted.rowCount === 1
}

/** Keeps the lease, and shows that it streams and how far it is. */
export async function keepCall(sql: Sql, key: AttemptKey, streams: boolean, percent: number | null, lease_until: Instant): Promise<void> {
  await sql.query({
    name: 'chat.keep',
    text: `update chat.calls set state = case when $2 then 'streaming' else state end, percent = greatest(percent, $3), lease_ms = $4
            where key = $1 and state in ('sent', 'streaming')`,
    values: [key, streams, percent, lease_until],
  })
}

export async function endCall(sql: Sql, key: AttemptKey, end: End): Promise<void> {
  const { link = null, reason = null, message = null }: { link?: string | null; reason?: string | null; message?: string | null } = end
  await sql.query({
    name: 'chat.end',
    text: `update chat.calls set state = $2, link = $3, reason = $4, message = $5 where key = $1 and state in ('sent', 'streaming')`,
    values: [key, end.state, link, reason, message],
  })
}

/** It was not taken, or its video has ended. */
export async function deleteCall(sql: Sql, key: AttemptKey): Promise<void> {
  await sql.query({ name: 'chat.delete', text: 'delete from chat.calls where key = $1', values: [key] })
}

const callRow = z.object({
  state: z.enum(['sent', 'streaming', 'done', 'failed', 'cut']),
  percent: z.number().nullable(),
  link: z.string().nullable(),
  reason: z.enum(['moderation_blocked', 'provider_failed']).nullable(),
  message: z.string().nullable(),
  lease_ms: z.bigint().transform(Number),
})
export type CallRow = z.infer<typeof callRow>

export async function selectCall(sql: Sql, key: AttemptKey): Promise<CallRow | null> {
  const found = await sql.query({
    name: 'chat.select',
    text: 'select state, percent, link, reason, message, lease_ms from chat.calls where key = $1',
    values: [key],
  })
  return found.rows[0] === undefined ? null : callRow.parse(found.rows[0])
}
