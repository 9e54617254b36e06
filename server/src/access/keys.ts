import { createHmac, createSecretKey } from 'node:crypto'
import type { Sql } from '../db/pool.ts'
import type { Budget } from '../domain/budgets.ts'
import type { RandomBytes } from '../domain/ids.ts'
import type { Instant } from '../domain/time.ts'
import { newId } from './id.ts'
import type { Owner } from './owner.ts'
import { insertKey, insertOperatorKey, listKeysOf, type Paging, revokeKeyOf, selectBudget, updateKeyOf } from './queries.ts'
import type { Secret } from './secret.ts'

/** Keys are compared by this hash alone; the text of a key is never stored. */
export type KeyHasher = (key: string) => Buffer

/** HMAC-SHA-256 under a pepper from the workspace's secret: a stolen table is worth nothing without it. */
export function keyHasher(secret: Secret): KeyHasher {
  const pepper = createSecretKey(secret.subKey('api-keys')) // bytes would be made into such a key again by every request
  return (key) => createHmac('sha256', pepper).update(key).digest()
}

export interface Key {
  readonly id: string
  readonly name: string
  /** The first characters, `fg_live_Ab3d`. */
  readonly prefix: string
  readonly last_four: string
  /** Null: it may spend all that its customer has. */
  readonly budget: Budget | null
  readonly created_ms: Instant
  readonly revoked_ms: Instant | null
}

/** A key at the only moment when its text is known. */
export interface NewKey extends Key {
  readonly key: string
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const KEY_BYTES = 25 // 200 bits
const KEY_DIGITS = 34 // ceil(200 / log2(62))
const SHOWN = 4

/** The text of a new key: `fg_live_` for customers, `fg_op_` for operators, then 200 random bits in base 62. */
export function mintKey(kind: 'customer' | 'operator', random: RandomBytes): string {
  let rest = BigInt(`0x${Buffer.from(random(KEY_BYTES)).toString('hex')}`)
  let digits = ''
  for (let place = 0; place < KEY_DIGITS; place++) {
    digits = ALPHABET.charAt(Number(rest % 62n)) + digits
    rest /= 62n
  }
  return `${kind === 'customer' ? 'fg_live_' : 'fg_op_'}${digits}`
}

export interface KeyWish {
  readonly name: string
  readonly budget: Budget | null
}

/** What is undefined stays as it is. */
export type KeyChanges = { readonly [Name in keyof KeyWish]?: KeyWish[Name] | undefined }

/** Gives a customer a new key. The returned text is shown once: only its hash is stored. */
export async function createKey(
  sql: Sql,
  owner: Owner,
  hash: KeyHasher,
  { name, budget }: KeyWish,
  now: Instant,
  random: RandomBytes,
): Promise<NewKey> {
  const key = mintKey('customer', random)
  const row = { id: newId('key', now, random), name, ...shown(key), budget, created_ms: now, revoked_ms: null }
  await insertKey(sql, owner, { ...row, hash: hash(key) })
  return { ...row, key }
}

/** A customer's keys, revoked ones included. */
export function listKeys(sql: Sql, owner: Owner, paging: Paging): Promise<readonly Key[]> {
  return listKeysOf(sql, owner, paging)
}

/** Changes what is given, leaves the rest. Null when this customer has no such key. */
export function changeKey(sql: Sql, owner: Owner, id: string, changes: KeyChanges): Promise<Key | null> {
  return updateKeyOf(sql, owner, id, changes)
}

/** Ends a key at once: the next request with it is refused. Null when this customer has no such key; a repeat keeps the first time. */
export function revokeKey(sql: Sql, owner: Owner, id: string, now: Instant): Promise<Key | null> {
  return revokeKeyOf(sql, owner, id, now)
}

export type OperatorKeyEnsured =
  | { readonly outcome: 'ensured' }
  /** One sentence for whoever starts the server. */
  | { readonly outcome: 'refused'; readonly reason: string }

/** Makes sure that this text opens the operator's doors (FILMGATE_OPERATOR_KEY, or the key kept in the data folder). Safe to repeat and to race. */
export async function ensureOperatorKey(
  sql: Sql,
  hash: KeyHasher,
  key: string,
  now: Instant,
  random: RandomBytes,
): Promise<OperatorKeyEnsured> {
  if (!/^[\x21-\x7e]{8,512}$/.test(key)) {
    return { outcome: 'refused', reason: 'FILMGATE_OPERATOR_KEY must be 8 to 512 printable ASCII characters without spaces.' }
  }
  const row = { id: newId('key', now, random), name: 'operator', ...shown(key), hash: hash(key), created_ms: now }
  const standing = await insertOperatorKey(sql, row)
  if (standing === 'operator') return { outcome: 'ensured' }
  const whose = standing === 'customer' ? 'is the key of a customer' : 'was revoked'
  return { outcome: 'refused', reason: `FILMGATE_OPERATOR_KEY ${whose}; choose another one.` }
}

/** What may be shown of a key; a short one given by hand shows less. */
function shown(key: string): { prefix: string; last_four: string } {
  const family = /^fg_(live|op)_/.exec(key)?.[0] ?? ''
  const enough = key.length >= family.length + 6 * SHOWN
  return { prefix: enough ? key.slice(0, family.length + SHOWN) : family, last_four: enough ? key.slice(-SHOWN) : '' }
}

/** What a key may spend, as the operator has it now. */
export async function readBudget(sql: Sql, owner: Owner, id: string): Promise<Budget | null> {
  return selectBudget(sql, owner, id)
}
