import { EncodedPacket, EncodedPacketSink } from 'mediabunny'
import type { ClipFormat, ClipWriter } from './clip-writer.ts'
import type { Codecs } from './codecs.ts'
import { soundOf } from './decoding.ts'
import { SAMPLE_RATE, SOUND_CHUNK } from './encoding.ts'
import type { SoundTrack } from './part.ts'
import { AAC_SAMPLES, silentPacket } from './silence.ts'
import { blameClips, blamePieces } from './unjoinable.ts'

/** A stretch of the sound of a clip, from `from_s` of its own time on; without a track it is silent. */
export interface Stretch {
  readonly sound: SoundTrack | null
  readonly from_s: number
  readonly length_s: number
}

/** The sound of a clip that consists of these stretches, for its writer. */
export function soundFormat(stretches: readonly Stretch[], way: 'copy' | 'encode'): ClipFormat['sound'] {
  const config = stretches.find(({ sound }) => sound)?.sound?.config
  const seconds = stretches.reduce((sum, { length_s }) => sum + length_s, 0)
  if (!config) return null
  if (way === 'encode') return { kind: 'encoded', seconds }
  return { kind: 'copied', config, packets_max: Math.ceil((seconds * config.sampleRate) / AAC_SAMPLES) + 4 }
}

/**
 * Copies AAC packets of equal configurations. They follow each other without a gap: the sound of a stretch is at most half a packet (11 ms)
 * beside its pictures. Yields how far it is, in seconds of the whole.
 */
export async function* copySound(clip: ClipWriter, stretches: readonly Stretch[]): AsyncGenerator<number, void> {
  const config = stretches.find(({ sound }) => sound)?.sound?.config
  if (!config) return
  const length_s = AAC_SAMPLES / config.sampleRate
  const silence = silentPacket(config)
  let end_s: number | null = null
  async function* silenceUntil(until_s: number): AsyncGenerator<number, void> {
    end_s ??= 0
    while (silence && end_s + length_s / 2 < until_s) {
      await clip.addSoundPacket(new EncodedPacket(silence, 'key', end_s, length_s))
      end_s += length_s
      yield end_s
    }
  }
  let begins_s = 0
  for (const stretch of stretches) {
    const ends_s = begins_s + stretch.length_s
    if (stretch.sound)
      for await (const packet of blamePieces(new EncodedPacketSink(stretch.sound.track).packets())) {
        const at_s = packet.timestamp - stretch.from_s + begins_s
        const middle_s = at_s + length_s / 2
        if (middle_s < begins_s) continue
        if (middle_s >= ends_s) break
        if (end_s !== null || at_s > length_s) yield* silenceUntil(at_s)
        const timestamp: number = end_s !== null && Math.abs(at_s - end_s) < length_s ? end_s : at_s
        await blameClips(() => clip.addSoundPacket(packet.clone({ timestamp, duration: length_s })))
        end_s = timestamp + length_s
        yield end_s
      }
    yield* silenceUntil(ends_s)
    begins_s = ends_s
  }
}

/** Decodes whatever there is and encodes it as AAC, stereo, 48 kHz. Yields how far it is, in seconds of the whole. */
export async function* encodeStretches(codecs: Codecs, clip: ClipWriter, stretches: readonly Stretch[]): AsyncGenerator<number, void> {
  const chunk = new Float32Array(2 * SOUND_CHUNK)
  const nothing = new Float32Array(2 * SOUND_CHUNK)
  let filled = 0
  let samples = 0
  function* write(piece: Float32Array, until: number): Generator<number, void> {
    const count = Math.min(piece.length / 2, until - samples)
    for (let i = 0; i < count; i += 1) {
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
  let ends_s = 0
  for (const { sound, from_s, length_s } of stretches) {
    ends_s += length_s
    const until = Math.round(ends_s * SAMPLE_RATE)
    if (sound)
      for await (const piece of blamePieces(soundOf(codecs, sound.track, from_s))) {
        yield* write(piece, until)
        if (samples >= until) break
      }
    while (samples < until) yield* write(nothing, until)
  }
  while (filled > 0) yield* write(nothing, samples + SOUND_CHUNK - filled)
}

/** Both go forward together: the muxer keeps in memory what is ahead. Each yields the time up to which it has written. */
export async function interleave(pictures: AsyncGenerator<number, void>, sound: AsyncGenerator<number, void> | null): Promise<void> {
  let heard_s = sound ? 0 : Number.POSITIVE_INFINITY
  for await (const seen_s of pictures) {
    while (sound && heard_s < seen_s) {
      const { value, done } = await sound.next()
      heard_s = done ? Number.POSITIVE_INFINITY : value
    }
  }
  while (sound && !(await sound.next()).done);
}
