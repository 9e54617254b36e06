import { EncodedPacketSink } from 'mediabunny'
import { type ClipWriter, openClip } from './clip-writer.ts'
import type { Codecs } from './codecs.ts'
import { framesOf } from './decoding.ts'
import { fitter } from './fitter.ts'
import type { Part, PictureTrack } from './part.ts'
import { copySound, encodeStretches, interleave, type Stretch, soundFormat } from './sound-joining.ts'
import { soundWay } from './stitch-plan.ts'
import { blameClips, blamePieces } from './unjoinable.ts'

/** What a clip shall become: its end is cut off, and its frames are made smaller. */
export interface Shape {
  readonly seconds: number
  readonly width: number
  readonly height: number
}

const KEY_FRAME_EVERY_S = 2
/** Times of frames are rounded: one that begins this little before the end would be shown for no time. */
const TOLERANCE_S = 1e-4

/** Whether the pictures can stay as they are: of the size that is wanted, and stored in the order in which they are shown, so that what is behind the cut can go. */
export async function keepsPictures({ pictures }: Part, { seconds, width, height }: Shape): Promise<boolean> {
  const { config, begins_whole, hides_frames, rotation } = pictures
  if (!config.codec.startsWith('avc1.') || !begins_whole || hides_frames || rotation !== 0) return false
  if (pictures.width !== width || pictures.height !== height) return false
  if (pictures.end_s - pictures.first_s <= seconds + TOLERANCE_S) return true
  let before = Number.NEGATIVE_INFINITY
  for await (const { timestamp } of new EncodedPacketSink(pictures.track).packets(undefined, undefined, { metadataOnly: true })) {
    if (timestamp < before) return false
    before = timestamp
  }
  return true
}

/**
 * Writes the first seconds of a clip, at another size if need be. Works from packet to packet: memory does not grow with the clip.
 * @param codecs null when nothing is to be encoded
 */
export async function reshape(codecs: Codecs | null, copies_pictures: boolean, part: Part, shape: Shape, path: string): Promise<void> {
  const { first_s, end_s, frames, config, fps } = part.pictures
  const length_s = Math.min(shape.seconds, end_s - first_s)
  const stretches: readonly Stretch[] = [{ sound: part.sound, from_s: first_s, length_s }]
  const sound_way = soundWay(part.sound, null)?.way ?? null
  const clip = await openClip(codecs, {
    path,
    pictures: copies_pictures
      ? { kind: 'copied', config, rotation: 0, frames_max: frames }
      : { kind: 'encoded', width: shape.width, height: shape.height, fps: Math.max(1, Math.round(fps)), steady: false, frames_max: frames },
    sound: sound_way && soundFormat(stretches, sound_way),
    tags: part.tags,
    trailer: null,
  })
  try {
    const pictures = copies_pictures ? copied(clip, part.pictures, length_s) : encoded(needed(codecs), clip, part.pictures, shape, length_s)
    const sound =
      sound_way === null ? null : sound_way === 'copy' ? copySound(clip, stretches) : encodeStretches(needed(codecs), clip, stretches)
    await interleave(pictures, sound)
    await clip.finish()
  } catch (error) {
    await clip.abandon()
    throw error
  }
}

/** Whether the sound must be encoded, for which codecs are needed. */
export function encodesSound(part: Part): boolean {
  return soundWay(part.sound, null)?.way === 'encode'
}

function needed(codecs: Codecs | null): Codecs {
  if (codecs === null) throw new Error('There are no codecs.')
  return codecs
}

async function* copied(clip: ClipWriter, { track, first_s }: PictureTrack, length_s: number): AsyncGenerator<number, void> {
  for await (const packet of blamePieces(new EncodedPacketSink(track).packets())) {
    const timestamp = packet.timestamp - first_s
    if (timestamp >= length_s - TOLERANCE_S) return
    const duration = Math.min(packet.duration, length_s - timestamp)
    await blameClips(() => clip.addPicturePacket(packet.clone({ timestamp, duration })))
    yield timestamp
  }
}

async function* encoded(
  codecs: Codecs,
  clip: ClipWriter,
  { track, first_s }: PictureTrack,
  { width, height }: Shape,
  length_s: number,
): AsyncGenerator<number, void> {
  const fit = fitter(width, height, 'cut')
  let key_s = Number.NEGATIVE_INFINITY
  for await (const { sample, timestamp_s, duration_s } of blamePieces(framesOf(codecs, track))) {
    try {
      const at_s = timestamp_s - first_s
      if (at_s >= length_s - TOLERANCE_S) return
      const key_frame = at_s >= key_s + KEY_FRAME_EVERY_S
      if (key_frame) key_s = at_s
      await clip.addFrame(await fit(sample), key_frame, { timestamp_s: at_s, duration_s: Math.min(duration_s, length_s - at_s) })
      yield at_s
    } finally {
      sample.close()
    }
  }
}
