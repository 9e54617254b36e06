import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { createRenderer } from '../providers/animatic/renderer.ts'
import { eventually } from './world.ts'

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
  const begun = join(folder, `${name}.begun`)
  await mkdir(folder, { recursive: true })
  for (;;) {
    const first = await writeFile(begun, '', { flag: 'wx' }).then(
      () => true,
      () => false,
    )
    if (first)
      return drawFirst(kept, wanted).catch(async (error: unknown) => {
        await rm(begun) // another worker may have more luck
        throw error
      })
    const there = await eventually(async () => ((await isThere(kept)) || !(await isThere(begun)) ? isThere(kept) : null))
    if (there) return readFile(kept)
  }
}

async function drawFirst(kept: string, wanted: Wanted): Promise<Buffer<ArrayBuffer>> {
  const renderer = createRenderer({ log: { warn: () => undefined } })
  try {
    const out_path = `${kept}.new`
    const job = { prompt: 'a boat', reference_path: null, out_path, ...wanted }
    const rendered = await renderer.render(job, () => undefined, new AbortController().signal)
    if (rendered.outcome !== 'rendered') throw new Error(`no clip for ${kept}: ${rendered.outcome}`)
    await rename(out_path, kept)
    return await readFile(kept)
  } finally {
    await renderer.stop()
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
