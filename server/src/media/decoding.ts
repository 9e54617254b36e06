import { setImmediate as turn } from 'node:timers/promises'
import { EncodedPacketSink, type InputAudioTrack, type InputVideoTrack, VideoSample } from 'mediabunny'
import type { AudioData, AudioDecoder, VideoDecoder, VideoFrame } from 'node-webcodecs'
import type { Codecs } from './codecs.ts'
import { SAMPLE_RATE, type Timing } from './encoding.ts'

/** A frame as it is shown; close the sample. */
export interface Shown extends Timing {
  readonly sample: VideoSample
}

// A decoder holds frames back to put them in order (16 at most) and one for each of its threads (16 at most). More than that in flight is
// only memory: 48 frames of 1080p are 150 MB.
const IN_FLIGHT_MAX = 48

/**
 * Decodes a whole track, frame by frame, in the order in which it is shown; what its edit list hides before the beginning is left out.
 * One decoder, flushed once: frames are told apart by their order alone (see `framesAt`). For child processes only.
 * @throws when the decoder refuses a picture or loses one
 */
export async function* framesOf(codecs: Codecs, track: InputVideoTrack): AsyncGenerator<Shown, void> {
  const config = await track.getDecoderConfig()
  if (config === null) throw new Error('The moving picture is of a kind that can not be decoded.')
  const times = await timesOf(track)
  const packets = new EncodedPacketSink(track)
  const ready: VideoFrame[] = []
  const fault: { error: Error | null } = { error: null }
  let fed = 0
  let shown = 0
  const decoder: VideoDecoder = new codecs.VideoDecoder({
    output: (frame) => ready.push(frame),
    error(error) {
      fault.error ??= error
    },
  })
  function* drain(): Generator<Shown, void> {
    for (let frame = ready.shift(); frame; frame = ready.shift()) {
      const at = times[shown]
      shown += 1
      if (!at || at.timestamp_s < -TOLERANCE_S) {
        frame.close()
        continue
      }
      const sample = new VideoSample(frame as never) // the library registers its frames as the platform's own
      sample.setRotation(track.rotation)
      yield { ...at, sample }
    }
  }
  try {
    // On a thread of its own this decoder loses frames as soon as they are copied while it works, and sometimes takes the process along.
    const calling_thread = { ...config, useWorkerThread: false }
    decoder.configure(calling_thread as never) // the library's own type of the same dictionary
    for await (const { type, timestamp, duration, data } of packets.packets()) {
      const at = { timestamp: Math.round(timestamp * 1e6), duration: Math.round(duration * 1e6) }
      decoder.decode(new codecs.EncodedVideoChunk({ type, ...at, data }))
      fed += 1
      while (fed - shown - ready.length >= IN_FLIGHT_MAX && fault.error === null) await turn()
      if (fault.error !== null) throw fault.error
      yield* drain()
    }
    await decoder.flush()
    if (fault.error !== null) throw fault.error
    yield* drain()
    if (shown !== times.length) throw new Error(`The decoder gave ${shown} of ${times.length} pictures.`)
  } finally {
    for (const frame of ready) frame.close()
    if (decoder.state !== 'closed') decoder.close()
  }
}

const TOLERANCE_S = 1e-6

/** When each frame is shown, rising, as the index has it. */
export async function timesOf(track: InputVideoTrack): Promise<Timing[]> {
  const times: Timing[] = []
  for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true }))
    times.push({ timestamp_s: packet.timestamp, duration_s: packet.duration })
  return times.sort((a, b) => a.timestamp_s - b.timestamp_s)
}

/**
 * Decodes a sound track to stereo at 48 kHz, interleaved, piece by piece; the first sample is that of `from_s`. Other rates are
 * interpolated, other channels mixed down. For child processes only.
 */
export async function* soundOf(codecs: Codecs, track: InputAudioTrack, from_s: number): AsyncGenerator<Float32Array, void> {
  const config = await track.getDecoderConfig()
  if (config === null) throw new Error('The sound is of a kind that can not be decoded.')
  const ready: AudioData[] = []
  const fault: { error: Error | null } = { error: null }
  const decoder: AudioDecoder = new codecs.AudioDecoder({
    output: (data) => ready.push(data),
    error(error) {
      fault.error ??= error
    },
  })
  const first_s = (await track.getFirstTimestamp()) - from_s
  if (first_s > 0) yield new Float32Array(2 * Math.round(first_s * SAMPLE_RATE))
  let skip = first_s < 0 ? Math.round(-first_s * SAMPLE_RATE) : 0
  let resample: ((data: AudioData) => Float32Array) | null = null
  function* drain(): Generator<Float32Array, void> {
    for (let data = ready.shift(); data; data = ready.shift()) {
      resample ??= resampler(data.sampleRate)
      const piece = resample(data)
      data.close()
      const skipped = Math.min(skip, piece.length / 2)
      skip -= skipped
      if (piece.length > 2 * skipped) yield piece.subarray(2 * skipped)
    }
  }
  try {
    decoder.configure(config as never) // the library's own type of the same dictionary
    for await (const { timestamp, duration, data } of new EncodedPacketSink(track).packets()) {
      const at = { timestamp: Math.round(timestamp * 1e6), duration: Math.round(duration * 1e6) }
      decoder.decode(new codecs.EncodedAudioChunk({ type: 'key', ...at, data }))
      // This decoder works while it is called; what it gives arrives with the next turn.
      await turn()
      if (fault.error !== null) throw fault.error
      yield* drain()
    }
    await decoder.flush()
    yield* drain()
  } finally {
    for (const data of ready) data.close()
    if (decoder.state !== 'closed') decoder.close()
  }
}

/** Cubic interpolation (Catmull-Rom) from piece to piece. */
function resampler(rate: number): (data: AudioData) => Float32Array {
  const step = rate / SAMPLE_RATE
  // The last three samples of the piece before, per side; `at` counts from the second of them.
  let left = new Float32Array(3)
  let right = new Float32Array(3)
  let at = 2
  return (data) => {
    const [new_left, new_right] = sidesOf(data)
    if (rate === SAMPLE_RATE) return interleaved(new_left, new_right)
    left = joined(left, new_left)
    right = joined(right, new_right)
    const count = Math.max(0, Math.ceil((left.length - 2 - at) / step))
    const out = new Float32Array(2 * count)
    for (let i = 0; i < count; i += 1) {
      const place = at + i * step
      const index = Math.floor(place)
      out[2 * i] = cubic(left, index, place - index)
      out[2 * i + 1] = cubic(right, index, place - index)
    }
    at += count * step - (left.length - 3)
    left = left.slice(-3)
    right = right.slice(-3)
    return out
  }
}

function cubic(samples: Float32Array, index: number, t: number): number {
  const a = samples[index - 1] ?? 0
  const b = samples[index] ?? 0
  const c = samples[index + 1] ?? 0
  const d = samples[index + 2] ?? 0
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
}

/** Mono on both sides; of more channels than two the front ones, with the centre in the middle. */
function sidesOf(data: AudioData): readonly [Float32Array, Float32Array] {
  if (data.format !== 'f32') throw new Error(`The sound came as ${data.format}.`)
  const samples = new Float32Array(data.numberOfFrames * data.numberOfChannels)
  data.copyTo(samples, { planeIndex: 0 })
  const channels = Array.from({ length: Math.min(3, data.numberOfChannels) }, (_, channel) =>
    Float32Array.from({ length: data.numberOfFrames }, (_, i) => samples[i * data.numberOfChannels + channel] ?? 0),
  )
  const [first = new Float32Array(data.numberOfFrames), second = first, centre] = channels
  if (!centre) return [first, second]
  return [first.map((value, i) => value + 0.7 * (centre[i] ?? 0)), second.map((value, i) => value + 0.7 * (centre[i] ?? 0))]
}

function interleaved(left: Float32Array, right: Float32Array): Float32Array {
  const out = new Float32Array(2 * left.length)
  for (let i = 0; i < left.length; i += 1) {
    out[2 * i] = left[i] ?? 0
    out[2 * i + 1] = right[i] ?? 0
  }
  return out
}

function joined(before: Float32Array, after: Float32Array): Float32Array<ArrayBuffer> {
  const both = new Float32Array(before.length + after.length)
  both.set(before)
  both.set(after, before.length)
  return both
}
