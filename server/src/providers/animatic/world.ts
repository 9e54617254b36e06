import type { MetadataTags } from 'mediabunny'
import { z } from 'zod'
import { changed, mentionsOf, type Story, storyOf } from './prompt.ts'
import { hashText } from './random.ts'

/** What a scene was laid out by. It stands in the clip itself, so that a later order can go on with the same scene. */
export interface World {
  /** Where the ridges, houses and clouds are. */
  readonly seed: number
  /** The prompt that it began with, and those that changed it. Empty in a clip that others filmed. */
  readonly prompts: readonly string[]
  /** How often it was edited: each edit writes its caption below the one before. */
  readonly edits: number
  /** Nothing in its pictures was made by others. */
  readonly drawn: boolean
}

// A clip may come from anybody: what it says of itself is words to draw by, and no more than these.
const PROMPT_KEPT = 2_000
const PROMPTS_MAX = 12
const storedWorld = z.object({
  seed: z.number().int(),
  prompts: z.array(z.string().max(PROMPT_KEPT)).max(PROMPTS_MAX),
  edits: z.number().int().min(0).max(1_000),
  drawn: z.boolean(),
})

/** The name of its tag in the file: four letters, as MP4 wants it. */
const TAG = 'scen'

/** The world of a clip that is made from nothing but its prompt. */
export function newWorld(prompt: string, seed: number): World {
  return { seed: hashText(prompt) ^ Math.imul(seed + 1, 2654435761), prompts: [prompt.slice(0, PROMPT_KEPT)], edits: 0, drawn: true }
}

/** The same world after another prompt. The first prompt and the latest ones are kept. */
export function changedWorld(world: World, prompt: string): World {
  const [first = '', ...others] = [...world.prompts, prompt.slice(0, PROMPT_KEPT)]
  return { ...world, prompts: [first, ...others.slice(1 - PROMPTS_MAX)] }
}

export function storyOfWorld(world: World, seconds: number): Story {
  const [first = mentionsOf(''), ...others] = world.prompts.map(mentionsOf)
  return storyOf(others.reduce(changed, first), seconds)
}

export function worldTag(world: World): NonNullable<MetadataTags['raw']> {
  return { [TAG]: JSON.stringify(world) }
}

/** The world that a clip says it shows; null for a clip that others made. */
export function worldOf(tags: MetadataTags): World | null {
  const text = tags.raw?.[TAG]
  if (typeof text !== 'string') return null
  try {
    return storedWorld.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
