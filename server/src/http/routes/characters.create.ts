import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import { Problem } from '../../domain/problems.ts'
import type { Character } from '../../videos/character-queries.ts'
import { dropCharacter, prepareCharacter, readCharacter, writeCharacter } from '../../videos/characters.ts'
import { readVideo, VIDEO_BYTES, video_field, withClips } from '../clip.ts'
import { type Earlier, earlier, once } from '../once.ts'
import { route } from '../route.ts'
import { character_object, characterView } from './character.ts'

const LONGEST_NAME = 80

export const charactersCreate = route({
  method: 'POST',
  path: '/v1/videos/characters',
  operation_id: 'createCharacter',
  summary: 'Make a character of a short clip',
  description:
    'A clip of 2 to 4 seconds: uploaded, linked, or a video of yours. It costs nothing. Orders name it in `characters` and in their prompt.',
  tag: 'Videos',
  caller: 'customer',
  encodings: ['json', 'multipart'],
  files: { video: VIDEO_BYTES },
  idempotent: true,
  problems: ['not_found', 'video_not_ready', 'content_expired', 'payload_too_large', 'idempotency_conflict'],
  body: z.object({
    name: z
      .string()
      .max(LONGEST_NAME)
      .refine((text) => text.trim() !== '', { error: 'must not be empty' })
      .meta({ minLength: 1, maxLength: LONGEST_NAME }),
    video: video_field,
  }),
  response: character_object,
  async handler(context) {
    const { services, owner, body, encoding } = context
    const { videos } = services
    const scope = scopeOf(owner)
    const again = (found: Earlier): Promise<Character> => readCharacter(videos, owner, found.resource)
    const before = await earlier(context, scope)
    if (before) return characterView(await again(before))
    return withClips(services, async (clips) => {
      const made = await prepareCharacter(videos, owner, body.name, readVideo(services, clips, body.video, encoding))
      const make = async (tx: Parameters<typeof writeCharacter>[0]) => {
        await writeCharacter(tx, owner, made)
        return { id: made.id, answer: made as Character }
      }
      const character = await once(context, scope, make, again).catch(async (error: unknown) => {
        // After any other failure the row may be there all the same, its commit's answer lost: the sweep knows.
        if (error instanceof Problem) await dropCharacter(videos, made)
        throw error
      })
      if (character.id !== made.id) await dropCharacter(videos, made)
      return characterView(character)
    })
  },
})
