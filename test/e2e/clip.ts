import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRenderer } from '../../server/src/providers/animatic/renderer.ts'

/** The bytes of a clip, for an emulator to deliver. */
export async function drawnClip(order: { readonly width: number; readonly height: number; readonly seconds: number }): Promise<Uint8Array> {
  const made_in = await mkdtemp(join(tmpdir(), 'filmgate-clip-'))
  const out_path = join(made_in, 'clip.mp4')
  const renderer = createRenderer({ log: { warn: () => undefined }, concurrency: 1 })
  const job = { prompt: 'a boat on a calm lake', ...order, reference_path: null, out_path }
  await renderer.render(job, () => undefined, new AbortController().signal)
  await renderer.stop()
  const bytes = new Uint8Array(await readFile(out_path))
  await rm(made_in, { recursive: true })
  return bytes
}
