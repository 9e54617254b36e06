import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRenderer } from '../providers/animatic/renderer.ts'

/** A real clip, drawn in a folder of its own that is gone afterwards. */
export async function drawClip(wanted: {
  readonly seconds: number
  readonly width: number
  readonly height: number
}): Promise<Buffer<ArrayBuffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'filmgate-clip-'))
  const renderer = createRenderer({ log: { warn: () => undefined } })
  try {
    const out_path = join(folder, 'clip.mp4')
    const job = { prompt: 'a boat', reference_path: null, out_path, ...wanted }
    await renderer.render(job, () => undefined, new AbortController().signal)
    return await readFile(out_path)
  } finally {
    await renderer.stop()
    await rm(folder, { recursive: true })
  }
}
