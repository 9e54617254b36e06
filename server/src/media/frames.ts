import { type EncodedPacket, EncodedPacketSink, type InputVideoTrack, VideoSample } from 'mediabunny'
import type { Codecs } from './codecs.ts'

// A frame is shown from its own time on: the one for an instant is the last that is not later. Times come as fractions; a microsecond decides nothing.
const TOLERANCE_S = 1e-6
/** Frames may be stored this many places from where they are shown (B-frames); H.264 and HEVC allow 16. */
const REORDERED_MAX = 16

/**
 * Decodes the frames that are shown at these times, which must rise. Null where the track shows nothing yet.
 * Each run of pictures from one key frame has a decoder of its own, fed whole and then flushed, and frames are told apart by their order alone:
 * the sinks that keep one node-webcodecs decoder going lose a frame in one call of fifty and wait for ever in one of seven spritesheets, and its frames carry
 * the time of another frame when they come from several threads.
 * For child processes only. Close what it gives.
 * @throws when the decoder refuses a picture or loses one
 */
export async function framesAt(codecs: Codecs, track: InputVideoTrack, times_s: readonly number[]): Promise<(VideoSample | null)[]> {
  const config = await track.getDecoderConfig()
  if (config === null) throw new Error('The moving picture is of a kind that can not be decoded.')
  const packets = new EncodedPacketSink(track)
  const found: (VideoSample | null)[] = []
  while (found.length < times_s.length) {
    const key = await packets.getKeyPacket(times_s[found.length] ?? 0, { verifyKeyPackets: true })
    if (key === null) {
      found.push(null)
      continue
    }
    const following = await packets.getNextKeyPacket(key, { verifyKeyPackets: true })
    const end_s = following === null ? Number.POSITIVE_INFINITY : following.timestamp - TOLERANCE_S
    const wanted = times_s.slice(found.length).filter((time) => time < end_s)
    const run = await packetsOf(packets, key, wanted.at(-1) ?? 0)
    for (const frame of await decodeRun(codecs, config, run, wanted)) {
      const sample = new VideoSample(frame as never) // the library registers its frames as the platform's own
      sample.setRotation(track.rotation)
      found.push(sample)
    }
  }
  return found
}

/** What must be decoded to show everything from a key frame up to a time, in the order in which it is stored. */
async function packetsOf(packets: EncodedPacketSink, key: EncodedPacket, last_s: number): Promise<EncodedPacket[]> {
  const run = [key]
  let beyond = 0
  for (
    let packet = await packets.getNextPacket(key);
    packet !== null && packet.type !== 'key';
    packet = await packets.getNextPacket(packet)
  ) {
    if (packet.timestamp < key.timestamp) continue // belongs to the run before, and can not be decoded without it
    run.push(packet)
    if (packet.timestamp > last_s + TOLERANCE_S) beyond += 1
    if (beyond === REORDERED_MAX) break
  }
  return run
}

type Frame = InstanceType<Codecs['VideoFrame']>

async function decodeRun(
  codecs: Codecs,
  config: VideoDecoderConfig,
  run: readonly EncodedPacket[],
  wanted_s: readonly number[],
): Promise<Frame[]> {
  const shown_s = run.map((packet) => packet.timestamp).sort((a, b) => a - b)
  const index_of = wanted_s.map((time) => shown_s.findLastIndex((at) => at <= time + TOLERANCE_S))
  const kept = new Map<number, Frame>()
  let decoded = 0
  let failure: unknown = null
  const decoder = new codecs.VideoDecoder({
    output(frame) {
      if (index_of.includes(decoded)) kept.set(decoded, frame)
      else frame.close()
      decoded += 1
    },
    error(error) {
      failure = error
    },
  })
  try {
    // With a thread of its own, unlike `framesOf`: nothing is copied before it has been flushed, so it loses nothing (5,500 decodes, three at once).
    // On the calling thread it takes up to a tenth longer, and the library never lets go of one frame of each decoder.
    decoder.configure(config as never) // the library's own type of the same dictionary
    for (const { type, timestamp, duration, data } of run) {
      decoder.decode(
        new codecs.EncodedVideoChunk({ type, timestamp: Math.round(timestamp * 1e6), duration: Math.round(duration * 1e6), data }),
      )
    }
    await decoder.flush()
    if (failure !== null) throw failure
    if (decoded !== run.length) throw new Error(`The decoder gave ${decoded} of ${run.length} pictures.`)
    return index_of.map((index) => {
      const frame = kept.get(index)
      if (frame === undefined) throw new Error('The file has no picture where its index says so.')
      return frame.clone()
    })
  } finally {
    for (const frame of kept.values()) frame.close()
    if (decoder.state !== 'closed') decoder.close()
  }
}
