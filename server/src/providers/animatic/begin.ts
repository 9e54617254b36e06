import type { Codecs } from '../../media/codecs.ts'
import { openPart } from '../../media/part.ts'
import { FPS, type RenderJob } from './job.ts'
import { lookOf } from './look.ts'
import type { Beginning } from './picture.ts'
import { stillOf } from './stills.ts'
import { changedWorld, newWorld, worldOf } from './world.ts'

/**
 * What a remix or an extension keeps of its source: the scene, if the clip says which it shows. A clip that others filmed gives its first frame
 * to a remix, which is then seen in the new prompt's light, and its last to an extension, which goes from there into a scene of its own.
 */
export async function beginningOf(codecs: Codecs, job: RenderJob): Promise<Beginning | null> {
  if (job.source_path === null) return null
  const source = await openPart(job.source_path)
  try {
    const world = worldOf(source.tags)
    const known = world !== null && world.prompts.length > 0
    const size = { width: job.width, height: job.height }
    if (job.operation === 'extend')
      return {
        world: known ? changedWorld(world, job.prompt) : { ...newWorld(job.prompt, job.seed), drawn: false },
        still: await stillOf(codecs, source.pictures, 'last', size),
        frames_before: Math.round((source.pictures.end_s - source.pictures.first_s) * FPS),
      }
    if (known) return { world: changedWorld(world, job.prompt), still: null, frames_before: 0 }
    return { world: null, still: await stillOf(codecs, source.pictures, 'first', size, lookOf(job.prompt, size).tone), frames_before: 0 }
  } finally {
    source.close()
  }
}
