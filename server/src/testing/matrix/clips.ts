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
  return ({ lasts_s, size }) => {
    const clip = clips.get(`${size} ${lasts_s}`)
    if (clip === undefined) throw new Error(`there is no clip of ${size} and ${lasts_s} s`)
    return clip
  }
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
