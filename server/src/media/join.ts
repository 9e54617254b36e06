import { EncodedPacket, EncodedPacketSink } from 'mediabunny'
import sharp from 'sharp'
import { type ClipFormat, type ClipWriter, openClip } from './clip-writer.ts'
import type { Codecs } from './codecs.ts'
import { framesOf, soundOf } from './decoding.ts'
import { SAMPLE_RATE, SOUND_CHUNK } from './encoding.ts'
import { i420Bytes, toI420, toRgba } from './i420.ts'
import type { Part, PictureTrack } from './part.ts'
import { planesOf } from './rgb.ts'
import { AAC_SAMPLES, silentPacket } from './silence.ts'
import type { StitchPlan } from './stitch-plan.ts'

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
    const sound =
      plan.sound === null
        ? null
        : plan.sound.way === 'copy'
          ? copySound(clip, first, second)
          : encodeSound(needed(codecs), clip, first, second)
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
const endOf = (first: Part, second: Part): number => seamOf(first) + second.pictures.end_s - second.pictures.first_s

function formatOf(plan: StitchPlan, first: Part, second: Part, path: string): ClipFormat {
  const { pictures } = first
  const frames_max = pictures.frames + second.pictures.frames
  const end_s = endOf(first, second)
  const sound_config = (first.sound ?? second.sound)?.config
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
    sound:
      plan.sound === null || !sound_config
        ? null
        : plan.sound.way === 'copy'
          ? { kind: 'copied', config: sound_config, packets_max: Math.ceil((end_s * sound_config.sampleRate) / AAC_SAMPLES) + 4 }
          : { kind: 'encoded', seconds: end_s },
    // The second speaks for the whole: what it says of itself was said knowing the first.
    tags: { ...first.tags, ...second.tags, raw: { ...first.tags.raw, ...second.tags.raw } },
    trailer: null,
  }
}

/** Both go forward together: the muxer keeps in memory what is ahead. Each yields the time up to which it has written. */
async function interleave(pictures: AsyncGenerator<number, void>, sound: AsyncGenerator<number, void> | null): Promise<void> {
  let heard_s = sound ? 0 : Number.POSITIVE_INFINITY
  for await (const seen_s of pictures) {
    while (sound && heard_s < seen_s) {
      const { value, done } = await sound.next()
      heard_s = done ? Number.POSITIVE_INFINITY : value
    }
  }
  while (sound && !(await sound.next()).done);
}

async function* copyPictures(clip: ClipWriter, first: Part, second: Part): AsyncGenerator<number, void> {
  const parts = [
    { ...first.pictures, shift_s: 0 },
    { ...second.pictures, shift_s: seamOf(first) - second.pictures.first_s },
  ]
  for (const { track, shift_s } of parts) {
    for await (const packet of new EncodedPacketSink(track).packets()) {
      const timestamp = packet.timestamp + shift_s
      await clip.addPicturePacket(packet.clone({ timestamp }))
      yield timestamp
    }
  }
}

/** Packets follow each other without a gap: each clip's sound is at most half a packet (11 ms) beside its pictures. */
async function* copySound(clip: ClipWriter, first: Part, second: Part): AsyncGenerator<number, void> {
  const config = (first.sound ?? second.sound)?.config
  if (!config) return
  const length_s = AAC_SAMPLES / config.sampleRate
  const silence = silentPacket(config)
  const seam_s = seamOf(first)
  let end_s: number | null = null
  async function* silenceUntil(until_s: number): AsyncGenerator<number, void> {
    end_s ??= 0
    while (silence && end_s + length_s / 2 < until_s) {
      await clip.addSoundPacket(new EncodedPacket(silence, 'key', end_s, length_s))
      end_s += length_s
      yield end_s
    }
  }
  const parts = [
    { ...first, shift_s: 0, from_s: 0, until_s: seam_s },
    { ...second, shift_s: seam_s - second.pictures.first_s, from_s: seam_s, until_s: endOf(first, second) },
  ]
  for (const { sound, shift_s, from_s, until_s } of parts) {
    if (sound) {
      for await (const packet of new EncodedPacketSink(sound.track).packets()) {
        const at_s = packet.timestamp + shift_s
        if (at_s + length_s / 2 < from_s || at_s + length_s / 2 >= until_s) continue
        if (end_s !== null || at_s > length_s) yield* silenceUntil(at_s)
        const timestamp: number = end_s !== null && Math.abs(at_s - end_s) < length_s ? end_s : at_s
        await clip.addSoundPacket(packet.clone({ timestamp, duration: length_s }))
        end_s = timestamp + length_s
        yield end_s
      }
    }
    yield* silenceUntil(until_s)
  }
}

async function* encodePictures(codecs: Codecs, clip: ClipWriter, first: Part, second: Part): AsyncGenerator<number, void> {
  const { width, height } = formatSize(first.pictures)
  const fit = fitter(width, height)
  const parts = [
    { ...first.pictures, shift_s: 0 },
    { ...second.pictures, shift_s: seamOf(first) - second.pictures.first_s },
  ]
  for (const { track, shift_s } of parts) {
    let key_s = Number.NEGATIVE_INFINITY
    for await (const { sample, timestamp_s, duration_s } of framesOf(codecs, track)) {
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

type Sample = Parameters<typeof planesOf>[0]

/** Brings frames to one size, upright, in the colours that our encoder writes; what has another shape gets black bars. */
function fitter(width: number, height: number): (sample: Sample) => Promise<Uint8Array> {
  let buffer: Uint8Array | undefined
  const fitted = new Uint8Array(i420Bytes(width, height))
  return async (sample) => {
    const planes = await planesOf(sample, buffer)
    buffer = planes.i420
    const fits = planes.width === width && planes.height === height && sample.rotation === 0
    if (fits && planes.matrix === '709' && !planes.full_range) return planes.i420
    const rgba = new Uint32Array(planes.width * planes.height)
    toRgba(planes.i420, planes.width, planes.height, planes, rgba)
    if (fits) toI420(rgba, width, height, fitted)
    else {
      const raw = { width: planes.width, height: planes.height, channels: 4 as const }
      const upright = await sharp(new Uint8Array(rgba.buffer), { raw }).rotate(sample.rotation).raw().toBuffer({ resolveWithObject: true })
      const shaped = await sharp(upright.data, { raw: { width: upright.info.width, height: upright.info.height, channels: 4 } })
        .resize(width, height, { fit: 'contain', background: '#000' })
        .raw()
        .toBuffer()
      toI420(new Uint32Array(shaped.buffer.slice(shaped.byteOffset, shaped.byteOffset + shaped.byteLength)), width, height, fitted)
    }
    return fitted
  }
}

async function* encodeSound(codecs: Codecs, clip: ClipWriter, first: Part, second: Part): AsyncGenerator<number, void> {
  const chunk = new Float32Array(2 * SOUND_CHUNK)
  let filled = 0
  let samples = 0
  function* write(piece: Float32Array, until: number): Generator<number, void> {
    const end = Math.min(piece.length / 2, until - samples)
    for (let i = 0; i < end; i += 1) {
      chunk[2 * filled] = piece[2 * i] ?? 0
      chunk[2 * filled + 1] = piece[2 * i + 1] ?? 0
      filled += 1
      samples += 1
      if (filled < SOUND_CHUNK) continue
      clip.addSound(chunk)
      filled = 0
      yield samples / SAMPLE_RATE
    }
  }
  const parts = [
    { sound: first.sound, from_s: 0, end_s: seamOf(first) },
    { sound: second.sound, from_s: second.pictures.first_s, end_s: endOf(first, second) },
  ]
  const nothing = new Float32Array(2 * SOUND_CHUNK)
  for (const { sound, from_s, end_s } of parts) {
    const until = Math.round(end_s * SAMPLE_RATE)
    if (sound) for await (const piece of soundOf(codecs, sound.track, from_s)) yield* write(piece, until)
    while (samples < until) yield* write(nothing, until)
  }
  while (filled > 0) yield* write(nothing, samples + SOUND_CHUNK - filled)
}
