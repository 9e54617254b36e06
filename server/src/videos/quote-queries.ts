import type { Owner } from '../access/owner.ts'
import { gathered } from '../db/gather.ts'
import type { Sql } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'

// Quotes that were given and not used yet. A used one lives on in its video.

interface KeptQuote {
  readonly id: string
  readonly expires_at: Instant
  readonly document: unknown
}

// Those of one moment are made durable by one commit.
const insertQuotes = gathered(async (sql, asked: readonly { owner: Owner; quote: KeptQuote }[]) => {
  await sql.query({
    name: 'videos.insert_quote',
    text: `insert into videos.quotes (id, customer, expires_ms, quote) select * from unnest($1::text[], $2::text[], $3::bigint[], $4::jsonb[])`,
    values: [
      asked.map(({ quote }) => quote.id),
      asked.map(({ owner }) => owner.customer),
      asked.map(({ quote }) => quote.expires_at),
      asked.map(({ quote }) => JSON.stringify(quote.document)),
    ],
  })
  return asked.map(() => null)
})

export async function insertQuote(sql: Sql, owner: Owner, quote: KeptQuote): Promise<void> {
  await insertQuotes(sql, { owner, quote })
}

export async function selectQuote(sql: Sql, owner: Owner, id: string): Promise<unknown> {
  const found = await sql.query<{ quote: unknown }>({
    name: 'videos.select_quote',
    text: `select quote from videos.quotes where id = $1 and customer = $2`,
    values: [id, owner.customer],
  })
  return found.rows[0]?.quote ?? null
}

/** Forgets quotes that nobody can use any more. A used one lives on in its video. */
export async function deleteQuotes(sql: Sql, expired_before: Instant): Promise<number> {
  const deleted = await sql.query({ text: `delete from videos.quotes where expires_ms < $1`, values: [expired_before] })
  return deleted.rowCount ?? 0
}
