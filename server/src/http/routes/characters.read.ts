import { z } from 'zod'
import { readCharacter } from '../../videos/characters.ts'
import { route } from '../route.ts'
import { character_object, characterView } from './character.ts'

export const charactersRead = route({
  method: 'GET',
  path: '/v1/videos/characters/{character_id}',
  operation_id: 'readCharacter',
  summary: 'A character',
  tag: 'Videos',
  caller: 'customer',
  problems: ['not_found'],
  params: z.object({ character_id: z.string() }),
  response: character_object,
  handler: async ({ services, owner, params }) => characterView(await readCharacter(services.videos, owner, params.character_id)),
})
