import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { createRenderer } from '../providers/animatic/renderer.ts'

interface Wanted {
  readonly seconds: number
  readonly width: number
  readonly height: number
}

const drawn = new Map<string, Promise<Buffer<ArrayBuffer>>>()

/** A real clip. Of each length and size one is drawn in a whole run, for every clip of 720p takes seconds of a processor: for all who look at no more of it. */
export async function drawClip({ seconds, width, height }: Wanted): Promise<Buffer<ArrayBuffer>> {
  const name = `${seconds}-${width}x${height}`
  const bytes = drawn.get(name) ?? draw(name, { seconds, width, height })
  drawn.set(name, bytes)
  return Buffer.from(await bytes) // whoever breaks it, breaks a copy
}

async function draw(name: string, wanted: Wanted): Promise<Buffer<ArrayBuffer>> {
  const folder = inject('test_server').clips_folder
  const kept = join(folder, `${name}.mp4`)
  const there = await readFile(kept).catch(() => null) // by another worker
  if (there !== null) return there
  await mkdir(folder, { recursive: true })
  const renderer = createRenderer({ log: { warn: () => undefined } })
  try {
    const job = { prompt: 'a boat', reference_path: null, ...wanted }
    const out_path = join(folder, `${name}-${process.pid}.mp4`)
    const rendered = await renderer.render({ ...job, out_path }, () => undefined, new AbortController().signal)
    if (rendered.outcome !== 'rendered') throw new Error(`no clip of ${name}: ${rendered.outcome}`)
    await rename(out_path, kept)
    return await readFile(kept)
  } finally {
    await renderer.stop()
  }
}
