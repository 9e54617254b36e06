import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClipOrder } from '../../../../emulators/src/openai.ts'
import type { Decoder } from '../../media/decoder.ts'
import { createStitcher } from '../../media/stitch.ts'
import { drawClip } from '../clips.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Real clips of whole two seconds up to twelve, upright ones up to eight: two seconds of each are drawn, the others are copies in a row. */
export async function clipShelf(): Promise<(order: Pick<ClipOrder, 'lasts_s' | 'size'>) => Bytes> {
  const clips = new Map<string, Bytes>()
  const stitcher = createStitcher({ log: { warn: () => undefined } })
  const folder = await mkdtemp(join(tmpdir(), 'filmgate-shelf-'))
  try {
    for (const [width, height, longest_s] of [
      [1280, 720, 12],
      [720, 1280, 8],
    ] as const) {
      const size = `${width}x${height}`
      const path = (seconds: number) => join(folder, `${size}-${seconds}.mp4`)
      await writeFile(path(2), await drawClip({ seconds: 2, width, height }))
      for (let seconds = 2; seconds <= longest_s; seconds += 2) {
        if (seconds > 2) await stitcher.stitch(path(seconds - 2), path(2), path(seconds))
        clips.set(`${size} ${seconds}`, new Uint8Array(await readFile(path(seconds))))
      }
    }
  } finally {
    await stitcher.stop()
    await rm(folder, { recursive: true })
  }
  // Some vendors make ten seconds at least, so their clips may be asked for twice as long, or half: the nearest will do.
  return ({ lasts_s, size }) => {
    const of_size = [...clips].filter(([name]) => name.startsWith(`${size} `))
    const near = of_size.toSorted(([a], [b]) => farFrom(lasts_s, a) - farFrom(lasts_s, b))[0]
    if (near === undefined) throw new Error(`there is no clip of ${size}`)
    return near[1]
  }
}

function farFrom(seconds: number, name: string): number {
  return Math.abs(seconds - Number(name.split(' ')[1]))
}

/** A decoder that looks at the same bytes once: a few clips are delivered hundreds of times. */
export function remembering(decoder: Decoder): Decoder {
  const known = new Map<string, ReturnType<Decoder['plays']>>()
  return {
    ...decoder,
    async plays(path) {
      const print = createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
      const played = known.get(print) ?? decoder.plays(path)
      known.set(print, played)
      return played
    },
  }
}
