import { z } from 'zod'
import type { Engine, Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { ProviderRef } from '../providers/provider.ts'

// The SQL on characters, beside queries.ts.

const characterRow = z.object({ id: z.string(), name: z.string(), created_ms: z.bigint().transform(Number) })

/** Somebody or something that a customer's videos may show again and again. */
export type Character = z.infer<typeof characterRow>

export async function insertCharacter(
  tx: Tx,
  owner: Owner,
  made: Character & { readonly key: string; readonly bytes: number; readonly seconds: number },
): Promise<void> {
  await tx.query({
    name: 'videos.insert_character',
    text: `insert into videos.characters (id, customer, name, key, bytes, seconds, created_ms) values ($1, $2, $3, $4, $5, $6, $7)`,
    values: [made.id, owner.customer, made.name, made.key, made.bytes, made.seconds, made.created_ms],
  })
}

/** Of these, the ones of this owner, in no order. */
export async function selectCharacters(sql: Sql, owner: Owner, ids: readonly string[]): Promise<readonly Character[]> {
  const found = await sql.query({
    name: 'videos.select_characters',
    text: `select id, name, created_ms from videos.characters where id = any($1) and customer = $2`,
    values: [ids, owner.customer],
  })
  return found.rows.map((row) => characterRow.parse(row))
}

/** Keeps what a provider account calls a character. Of two that asked at once the first one counts. */
export async function insertCharacterRef(
  sql: Sql,
  _engine: Engine,
  made: { readonly character: string; readonly provider: string; readonly ref: ProviderRef; readonly now: Instant },
): Promise<void> {
  await sql.query({
    name: 'videos.insert_character_ref',
    text: `insert into videos.character_refs (character, provider, ref, made_ms) values ($1, $2, $3, $4) on conflict do nothing`,
    values: [made.character, made.provider, made.ref, made.now],
  })
}

/** Forgets what a provider account called these characters, where it is still what was sent: another order may have had them made anew meanwhile. */
export async function forgetCharacters(
  tx: Tx,
  _engine: Engine,
  provider: string,
  sent: readonly { readonly id: string; readonly ref: ProviderRef | null }[],
): Promise<void> {
  await tx.query({
    name: 'videos.forget_characters',
    text: `with sent as (
               select r.character, r.provider from videos.character_refs r
                 join unnest($2::text[], $3::text[]) as s(character, ref_id) on s.character = r.character and s.ref_id = r.ref ->> 'id'
                where r.provider = $1 order by r.character for update of r)
           delete from videos.character_refs r using sent s where r.character = s.character and r.provider = s.provider`,
    values: [provider, sent.map(({ id }) => id), sent.map(({ ref }) => ref?.id ?? null)],
  })
}

/** Of these ids, the ones that are some customer's character. */
export async function knownCharacters(sql: Sql, _engine: Engine, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await sql.query<{ id: string }>({
    name: 'videos.known_characters',
    text: `select id from videos.characters where id = any($1)`,
    values: [ids],
  })
  return new Set(found.rows.map((row) => row.id))
}
