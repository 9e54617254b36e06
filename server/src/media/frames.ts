import { EncodedPacketSink, type InputVideoTrack, VideoSample } from 'mediabunny'
import type { Codecs } from './codecs.ts'

// A frame is shown from its own time on: the one for an instant is the last that is not later. Times come as fractions; a microsecond decides nothing.
const TOLERANCE_S = 1e-6
/** Frames may be stored this many places from where they are shown (B-frames); H.264 and HEVC allow 16. */
const REORDERED_MAX = 16

/**
 * Decodes the frames that are shown at these times, which must rise. Absent where the track shows nothing yet.
 * Every run of pictures from one key frame is decoded once, by a decoder of its own that is fed whole and then flushed: the sinks that keep one
 * decoder going lose a frame in one call of fifty with node-webcodecs, and wait for ever for one in seven spritesheets.
 * For child processes only. Close what it gives.
 */
export async function framesAt(codecs: Codecs, track: InputVideoTrack, times_s: readonly number[]): Promise<(VideoSample | null)[]> {
  const config = await track.getDecoderConfig()
  if (config === null) throw new Error('The moving picture is of a kind that can not be decoded.')
  const packets = new EncodedPacketSink(track)
  const found: (VideoSample | null)[] = times_s.map(() => null)
  for (let next = 0; next < times_s.length; ) {
    const key = await packets.getKeyPacket(times_s[next] ?? 0, { verifyKeyPackets: true })
    if (key === null) {
      next += 1
      continue
    }
    const following = await packets.getNextKeyPacket(key, { verifyKeyPackets: true })
    let end = next + 1
    while (end < times_s.length && (following === null || (times_s[end] ?? 0) < following.timestamp - TOLERANCE_S)) end += 1
    const picker = createPicker(times_s.slice(next, end))
    let failure: unknown = null
    const decoder = new codecs.VideoDecoder({ output: (frame) => picker.see(frame), error: (error) => (failure = error) })
    try {
      decoder.configure(config as never) // the library's own type of the same dictionary
      let beyond = 0
      const last_s = times_s[end - 1] ?? 0
      for (let packet: typeof key | null = key; packet !== null && beyond <= REORDERED_MAX; packet = await packets.getNextPacket(packet)) {
        if (packet !== key && packet.type === 'key') break
        if (packet.timestamp > last_s + TOLERANCE_S) beyond += 1
        const { type, timestamp, duration, data } = packet
        decoder.decode(
          new codecs.EncodedVideoChunk({ type, timestamp: Math.round(timestamp * 1e6), duration: Math.round(duration * 1e6), data }),
        )
      }
      await decoder.flush()
    } finally {
      if (decoder.state !== 'closed') decoder.close()
    }
    if (failure !== null) throw failure
    for (const [offset, frame] of picker.end().entries()) {
      if (frame === null) continue
      const sample = new VideoSample(frame as never) // the library registers its frames as the platform's own
      sample.setRotation(track.rotation)
      found[next + offset] = sample
    }
    next = end
  }
  return found
}

type Frame = InstanceType<Codecs['VideoFrame']>

/** Keeps, of frames that come in the order they are shown, the ones that are on screen at rising times. */
function createPicker(times_s: readonly number[]) {
  const picked: (Frame | null)[] = []
  let shown: Frame | null = null
  return {
    see(frame: Frame) {
      const at_s = frame.timestamp / 1e6
      while (picked.length < times_s.length && at_s > (times_s[picked.length] ?? 0) + TOLERANCE_S) picked.push(shown?.clone() ?? null)
      shown?.close()
      shown = frame
    },
    end(): (Frame | null)[] {
      while (picked.length < times_s.length) picked.push(shown?.clone() ?? null)
      shown?.close()
      return picked
    },
  }
}
