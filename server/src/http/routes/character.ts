import { z } from 'zod'
import { unixSeconds } from '../../domain/time.ts'
import type { Character } from '../../videos/character-queries.ts'

export const character_object = z.object({ id: z.string(), name: z.string(), created_at: z.int() }).meta({ id: 'Character' })

export function characterView({ id, name, created_ms }: Character) {
  return { id, name, created_at: unixSeconds(created_ms) }
}
