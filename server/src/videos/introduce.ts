import { backOff } from '../domain/poll.ts'
import { answerTimeout } from '../domain/upload.ts'
import type { Job } from '../jobs/jobs.ts'
import type { CharacterMade, Provider } from '../providers/provider.ts'
import { noteTrouble } from './breaker.ts'
import { goOn } from './chain.ts'
import { insertCharacterRef } from './character-queries.ts'
import { fail } from './finish.ts'
import type { Parts } from './parts.ts'
import { within } from './within.ts'
import type { Work } from './work.ts'

/** How long until a character is tried again that could not be made. */
const AGAIN = 3

/**
 * Makes the characters of an order known to the account that shall take it, before anything is sent: it costs nothing and may be repeated, so it
 * needs no window and no slot. Null: the order has failed, or waits.
 */
export async function introduceCharacters(parts: Parts, provider: Provider, work: Work, job: Job): Promise<Work | null> {
  const characters: Work['characters'][number][] = []
  for (const character of work.characters) {
    if (character.ref !== null) {
      characters.push(character)
      continue
    }
    const made = await make(parts, provider, character)
    if (made.outcome === 'rejected') {
      await fail(parts, work, {
        attempt_state: 'rejected',
        code: 'provider_rejected',
        message: `The provider does not take the character ${character.name}: ${made.message}`,
      })
      return null
    }
    if (made.outcome === 'failed') {
      parts.log.warn('a character could not be made yet', { video: work.video, character: character.id, why: made.message })
      await noteTrouble(parts, work.attempt, 'unreachable')
      await goOn(parts, work, job, { next: { queue: 'submit', start_at: parts.clock() + backOff(AGAIN, parts.random()) } })
      return null
    }
    await insertCharacterRef(parts.pool, parts.engine, {
      character: character.id,
      provider: work.attempt.provider,
      ref: made.ref,
      now: parts.clock(),
    })
    characters.push({ ...character, ref: made.ref })
  }
  return { ...work, characters }
}

async function make(parts: Parts, provider: Provider, character: Work['characters'][number]): Promise<CharacterMade> {
  // Its routes lack the ability, so no quote promises one; a changed configuration may.
  if (provider.createCharacter === undefined) return { outcome: 'rejected', message: 'it knows no characters.' }
  const call = provider.createCharacter(character.name, () => openClip(parts, character.key), character.bytes)
  return within<CharacterMade>(answerTimeout(parts.timing.request_timeout_ms, character.bytes), call, (message) => ({
    outcome: 'failed',
    message,
  }))
}

/** A clip of ours, to be sent. */
export async function openClip(parts: Parts, key: string): Promise<ReadableStream<Uint8Array>> {
  const opened = await parts.store.open(key)
  if (opened === null) throw new Error(`the clip ${key} is not in the store`)
  return opened.stream
}
