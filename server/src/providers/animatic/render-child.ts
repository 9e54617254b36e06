import { rename, rm, stat } from 'node:fs/promises'
import { serveJobs } from '../../media/child.ts'
import { loadCodecs } from '../../media/codecs.ts'
import { RenderJob } from './job.ts'
import { render } from './render.ts'
import type { ChildAnswer } from './renderer.ts'

serveJobs(RenderJob.parse, async (job, on_progress): Promise<ChildAnswer> => {
  const loaded = await loadCodecs()
  if (loaded.outcome === 'unavailable') return loaded
  // Decoded frames are the library's own only once it is registered.
  if (job.source_path !== null) await import('node-webcodecs/mediabunny')
  const unfinished = `${job.out_path}.part`
  try {
    await render(loaded.codecs, job, unfinished, on_progress)
    const { size } = await stat(unfinished)
    await rename(unfinished, job.out_path)
    return { outcome: 'rendered', bytes: size }
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
})
