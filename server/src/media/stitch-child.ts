import { rename, rm } from 'node:fs/promises'
import { serveJobs } from './child.ts'
import { type Codecs, loadCodecs } from './codecs.ts'
import { join } from './join.ts'
import { type OpenPart, openPart } from './part.ts'
import { encodesSound, keepsPictures, reshape } from './reshape.ts'
import { type StitchAnswer, StitchJob } from './stitch.ts'
import { planStitch } from './stitch-plan.ts'
import { blameClips, Unjoinable } from './unjoinable.ts'

serveJobs(StitchJob.parse, async (job): Promise<StitchAnswer> => {
  const unfinished = `${job.out_path}.part`
  let first: OpenPart | null = null
  try {
    first = await blameClips(() => openPart(job.first_path))
    const answer = 'shape' in job ? await cut(first, job, unfinished) : await stitch(first, job, unfinished)
    if (answer.outcome === 'stitched') await rename(unfinished, job.out_path)
    return answer
  } catch (error) {
    await rm(unfinished, { force: true })
    if (error instanceof Unjoinable) return { outcome: 'unjoinable', why: error.message }
    throw error
  } finally {
    first?.close()
  }
})

async function stitch(first: OpenPart, { second_path }: Extract<StitchJob, { second_path: string }>, path: string): Promise<StitchAnswer> {
  const second = await blameClips(() => openPart(second_path))
  try {
    const plan = planStitch(first, second)
    const copied = plan.pictures.way === 'copy' && plan.sound?.way !== 'encode'
    return await withCodecs(copied, (codecs) => join(codecs, plan, first, second, path))
  } finally {
    second.close()
  }
}

async function cut(first: OpenPart, { shape }: Extract<StitchJob, { shape: object }>, path: string): Promise<StitchAnswer> {
  const keeps = await blameClips(() => keepsPictures(first, shape))
  return withCodecs(keeps && !encodesSound(first), (codecs) => reshape(codecs, keeps, first, shape, path))
}

/** Loads the codecs only where something is encoded: copying needs none. */
async function withCodecs(copied: boolean, write: (codecs: Codecs | null) => Promise<void>): Promise<StitchAnswer> {
  const loaded = copied ? null : await loadCodecs()
  if (loaded?.outcome === 'unavailable') return loaded
  if (loaded) await import('node-webcodecs/mediabunny')
  await write(loaded?.codecs ?? null)
  return { outcome: 'stitched', copied }
}
