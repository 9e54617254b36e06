import { randomBytes } from 'node:crypto'
import type { Owner } from '../access/owner.ts'
import type { Tx } from '../db/pool.ts'
import { problem } from '../domain/problems.ts'
import type { Instant } from '../domain/time.ts'
import { type Character, insertCharacter, selectCharacters } from './character-queries.ts'
import { type BroughtClip, inspectClip } from './clip.ts'
import type { Parts } from './parts.ts'
import { gone, type Named, ownVideo } from './source.ts'

// Source: the original API's guide: a clip of 2 to 4 seconds. Sizes are taken more generously than the guide's 720p.
const SECONDS = { from: 2, to: 4 } as const
const ALLOWANCE_S = 0.25
const SHORT_SIDE_MIN = 480
export const CHARACTERS_MAX = 2

/** A clip that was checked and stored, before its row is written. */
export interface NewCharacter extends Character {
  readonly key: string
  readonly bytes: number
  readonly seconds: number
}

/**
 * Checks the clip of a character and puts it into our store. `writeCharacter` makes it known; if that fails, `dropCharacter` removes it.
 * @throws Problem for a clip that can not be used
 */
export async function prepareCharacter(parts: Parts, owner: Owner, name: string, named: Named): Promise<NewCharacter> {
  const now = parts.clock()
  const id = characterId(now)
  const key = `characters/${id}`
  const made = { id, name, key, created_ms: now }
  if (named.by === 'id') {
    const video = await ownVideo(parts, owner, named.id, named.param)
    const seconds = suitable({ ...video, duration_s: video.asset_seconds ?? video.seconds }, named.param)
    const kept = await parts.store.copy(video.asset_key, key)
    if (kept === null) throw gone(video.id, named.param)
    return { ...made, seconds, bytes: kept.bytes }
  }
  const clip = await named.bring()
  const seconds = suitable(await inspectClip(parts, owner, clip), clip.param)
  await keepClip(parts, clip, key)
  return { ...made, seconds, bytes: clip.bytes }
}

async function keepClip(parts: Parts, clip: BroughtClip, key: string): Promise<void> {
  await parts.store.put(key, clip.open(), clip.bytes)
}

function suitable(clip: { duration_s: number; width: number; height: number }, param: string): number {
  const { duration_s, width, height } = clip
  if (duration_s < SECONDS.from - ALLOWANCE_S || duration_s > SECONDS.to + ALLOWANCE_S) {
    throw problem(
      'invalid_value',
      `The clip of a character lasts ${SECONDS.from} to ${SECONDS.to} seconds; this one lasts ${duration_s.toFixed(2)}.`,
      { param },
    )
  }
  if (Math.min(width, height) < SHORT_SIDE_MIN) {
    throw problem(
      'invalid_value',
      `The clip of a character has at least ${SHORT_SIDE_MIN} pixels a side; this one is ${width}x${height}.`,
      {
        param,
      },
    )
  }
  return duration_s
}

export async function writeCharacter(tx: Tx, owner: Owner, made: NewCharacter): Promise<void> {
  await insertCharacter(tx, owner, made)
}

export async function dropCharacter(parts: Parts, made: NewCharacter): Promise<void> {
  await parts.store.remove(made.key)
}

/** @throws Problem not_found */
export async function readCharacter(parts: Parts, owner: Owner, id: string): Promise<Character> {
  const [found] = await selectCharacters(parts.pool, owner, [id])
  if (found === undefined) throw problem('not_found', `There is no character with the id '${id}'.`, { param: 'character_id' })
  return found
}

/**
 * Checks the characters that an order names: its owner's, no more than two, none twice, each by its name in the prompt.
 * @param spelt how the caller spelt the id at a place
 * @throws Problem not_found, invalid_value
 */
export async function checkCharacters(
  parts: Parts,
  owner: Owner,
  ids: readonly string[],
  prompt: string | null,
  spelt: (place: number) => string,
): Promise<void> {
  if (ids.length > 0) checkCast(await castOf(parts, owner, ids), ids, prompt, spelt)
}

/** Of these characters those of this owner, by their ids. */
export async function castOf(parts: Pick<Parts, 'pool'>, owner: Owner, ids: readonly string[]): Promise<ReadonlyMap<string, Character>> {
  if (ids.length === 0) return new Map()
  return new Map((await selectCharacters(parts.pool, owner, ids)).map((character) => [character.id, character]))
}

/** The same as `checkCharacters`, for many orders that were asked about together. @throws Problem not_found, invalid_value */
export function checkCast(
  known: ReadonlyMap<string, Character>,
  ids: readonly string[],
  prompt: string | null,
  spelt: (place: number) => string,
): void {
  for (const [place, id] of ids.entries()) {
    const param = spelt(place)
    const character = known.get(id)
    if (character === undefined) throw problem('not_found', `There is no character with the id '${id}'.`, { param })
    if (ids.indexOf(id) < place) throw problem('invalid_value', `The character '${id}' is named twice.`, { param })
    if (prompt !== null && !prompt.includes(character.name)) {
      throw problem('invalid_value', `The prompt must call the character by its name, ${JSON.stringify(character.name)}.`, { param })
    }
  }
}

function characterId(now: Instant): string {
  return `char_${now.toString(16).padStart(11, '0')}${randomBytes(11).toString('hex').slice(0, 21)}`
}
