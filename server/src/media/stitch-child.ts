import { rename, rm } from 'node:fs/promises'
import { serveJobs } from './child.ts'
import { loadCodecs } from './codecs.ts'
import { join } from './join.ts'
import { type OpenPart, openPart } from './part.ts'
import { type StitchAnswer, StitchJob } from './stitch.ts'
import { planStitch } from './stitch-plan.ts'
import { blameClips, Unjoinable } from './unjoinable.ts'

serveJobs(StitchJob.parse, async ({ first_path, second_path, out_path }): Promise<StitchAnswer> => {
  const unfinished = `${out_path}.part`
  let first: OpenPart | null = null
  try {
    first = await blameClips(() => openPart(first_path))
    const second = await blameClips(() => openPart(second_path))
    try {
      const plan = planStitch(first, second)
      const copied = plan.pictures.way === 'copy' && plan.sound?.way !== 'encode'
      const loaded = copied ? null : await loadCodecs()
      if (loaded?.outcome === 'unavailable') return loaded
      if (loaded) await import('node-webcodecs/mediabunny')
      await join(loaded?.codecs ?? null, plan, first, second, unfinished)
      await rename(unfinished, out_path)
      return { outcome: 'stitched', copied }
    } finally {
      second.close()
    }
  } catch (error) {
    await rm(unfinished, { force: true })
    if (error instanceof Unjoinable) return { outcome: 'unjoinable', why: error.message }
    throw error
  } finally {
    first?.close()
  }
})
