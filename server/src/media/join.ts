import { EncodedPacketSink } from 'mediabunny'
import { type ClipFormat, type ClipWriter, openClip } from './clip-writer.ts'
import type { Codecs } from './codecs.ts'
import { framesOf } from './decoding.ts'
import { fitter } from './fitter.ts'
import type { Part, PictureTrack } from './part.ts'
import { copySound, encodeStretches, interleave, type Stretch, soundFormat } from './sound-joining.ts'
import type { StitchPlan } from './stitch-plan.ts'
import { blameClips, blamePieces } from './unjoinable.ts'

const KEY_FRAME_EVERY_S = 2

/**
 * Writes the second clip behind the first, whose pictures set the clock: its sound is cut or padded to their end.
 * Works from packet to packet: memory does not grow with the clips.
 * @param codecs null when the plan copies everything
 */
export async function join(codecs: Codecs | null, plan: StitchPlan, first: Part, second: Part, path: string): Promise<void> {
  const clip = await openClip(codecs, formatOf(plan, first, second, path))
  try {
    const pictures = plan.pictures.way === 'copy' ? copyPictures(clip, first, second) : encodePictures(needed(codecs), clip, first, second)
    const stretches = stretchesOf(first, second)
    const sound =
      plan.sound === null ? null : plan.sound.way === 'copy' ? copySound(clip, stretches) : encodeStretches(needed(codecs), clip, stretches)
    await interleave(pictures, sound)
    await clip.finish()
  } catch (error) {
    await clip.abandon()
    throw error
  }
}

function needed(codecs: Codecs | null): Codecs {
  if (codecs === null) throw new Error('There are no codecs.')
  return codecs
}

const seamOf = (first: Part): number => first.pictures.end_s

function stretchesOf(first: Part, second: Part): readonly Stretch[] {
  const { first_s, end_s } = second.pictures
  return [
    { sound: first.sound, from_s: 0, length_s: seamOf(first) },
    { sound: second.sound, from_s: first_s, length_s: end_s - first_s },
  ]
}

function formatOf(plan: StitchPlan, first: Part, second: Part, path: string): ClipFormat {
  const { pictures } = first
  const frames_max = pictures.frames + second.pictures.frames
  const even = (length: number): number => Math.max(2, length - (length % 2))
  return {
    path,
    pictures:
      plan.pictures.way === 'copy'
        ? { kind: 'copied', config: pictures.config, rotation: pictures.rotation, frames_max }
        : {
            kind: 'encoded',
            width: even(pictures.width),
            height: even(pictures.height),
            fps: Math.round(pictures.fps),
            steady: false,
            frames_max,
          },
    sound: plan.sound && soundFormat(stretchesOf(first, second), plan.sound.way),
    // The second speaks for the whole: what it says of itself was said knowing the first.
    tags: { ...first.tags, ...second.tags, raw: { ...first.tags.raw, ...second.tags.raw } },
    trailer: null,
  }
}

async function* copyPictures(clip: ClipWriter, first: Part, second: Part): AsyncGenerator<number, void> {
  const parts = [
    { ...first.pictures, shift_s: 0 },
    { ...second.pictures, shift_s: seamOf(first) - second.pictures.first_s },
  ]
  for (const { track, shift_s } of parts) {
    for await (const packet of blamePieces(new EncodedPacketSink(track).packets())) {
      const timestamp = packet.timestamp + shift_s
      await blameClips(() => clip.addPicturePacket(packet.clone({ timestamp })))
      yield timestamp
    }
  }
}

async function* encodePictures(codecs: Codecs, clip: ClipWriter, first: Part, second: Part): AsyncGenerator<number, void> {
  const { width, height } = formatSize(first.pictures)
  const fit = fitter(width, height, 'bars')
  const parts = [
    { ...first.pictures, shift_s: 0 },
    { ...second.pictures, shift_s: seamOf(first) - second.pictures.first_s },
  ]
  for (const { track, shift_s } of parts) {
    let key_s = Number.NEGATIVE_INFINITY
    for await (const { sample, timestamp_s, duration_s } of blamePieces(framesOf(codecs, track))) {
      try {
        const at_s = timestamp_s + shift_s
        const key_frame = at_s >= key_s + KEY_FRAME_EVERY_S
        if (key_frame) key_s = at_s
        await clip.addFrame(await fit(sample), key_frame, { timestamp_s: at_s, duration_s })
        yield at_s
      } finally {
        sample.close()
      }
    }
  }
}

function formatSize({ width, height }: PictureTrack): { width: number; height: number } {
  return { width: Math.max(2, width - (width % 2)), height: Math.max(2, height - (height % 2)) }
}
