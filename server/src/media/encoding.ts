import { setTimeout as delay } from 'node:timers/promises'
import { EncodedPacket } from 'mediabunny'
import type { AudioEncoder, EncodedAudioChunk, EncodedVideoChunk, VideoEncoder } from 'node-webcodecs'
import { BT709, type Codecs } from './codecs.ts'

/** When a frame is shown, and for how long. */
export interface Timing {
  readonly timestamp_s: number
  readonly duration_s: number
}

export interface PictureEncoder {
  /** Planes Y, U, V without gaps, in BT.709, limited range; copied. Resolves when there is room for the next one. */
  add(i420: Uint8Array, key_frame: boolean, at: Timing): Promise<void>
  flush(): Promise<void>
  close(): void
}

export interface SoundEncoder {
  /** 1,024 interleaved stereo samples; copied. */
  add(samples: Float32Array): void
  flush(): Promise<void>
  close(): void
}

export const SAMPLE_RATE = 48_000
/** AAC's frame. The encoder reads no more than this of what it is given at once, and silently drops the rest. */
export const SOUND_CHUNK = 1_024

// The library's own queue length says nothing about its thread: frames without an answer are counted here.
const FRAMES_AHEAD = 6
// OpenH264 has no constant quality; at this many bits a pixel text and night gradients stayed clean.
const BITS_PER_PIXEL = 0.13
const LATE_MS = 5_000
const SOUND_BITRATE = 128_000

export interface PictureFormat {
  /** Pixels, even. */
  readonly width: number
  readonly height: number
  /** For the encoder's budget: frames may come at other times. */
  readonly fps: number
}

/** H.264 (`avc1`, no B-frames). Equal formats give equal decoder configurations, so that such clips can be joined without encoding. */
export function encodePictures(
  codecs: Codecs,
  { width, height, fps }: PictureFormat,
  onPacket: (packet: EncodedPacket, meta: EncodedVideoChunkMetadata) => void,
): PictureEncoder {
  // The encoder answers in the order of its input; times are kept here because it would round them.
  const times: Timing[] = []
  let failure: Error | null = null
  let wake = (): void => {}
  const encoder: VideoEncoder = new codecs.VideoEncoder({
    output(chunk, meta) {
      const at = times.shift()
      if (at) onPacket(new EncodedPacket(bytesOf(chunk), chunk.type, at.timestamp_s, at.duration_s), meta as EncodedVideoChunkMetadata)
      wake()
    },
    error(error) {
      failure ??= error
      wake()
    },
  })
  encoder.configure({
    codec: 'avc1.640028',
    width,
    height,
    framerate: fps,
    bitrate: Math.round(width * height * fps * BITS_PER_PIXEL),
    avc: { format: 'avc' },
    latencyMode: 'realtime',
    hardwareAcceleration: 'prefer-software',
    colorSpace: BT709,
  })

  return {
    async add(i420, key_frame, at) {
      const frame = new codecs.VideoFrame(i420, {
        format: 'I420',
        codedWidth: width,
        codedHeight: height,
        timestamp: Math.round(at.timestamp_s * 1e6),
        duration: Math.round(at.duration_s * 1e6),
        colorSpace: BT709,
      })
      times.push(at)
      encoder.encode(frame, { keyFrame: key_frame })
      frame.close()
      while (times.length >= FRAMES_AHEAD && !failure) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
      if (failure) throw failure
    },
    async flush() {
      await encoder.flush()
      // On a busy machine the last answers come after the flush has ended.
      for (let waited_ms = 0; times.length > 0 && !failure && waited_ms < LATE_MS; waited_ms += 5) await delay(5)
      if (failure) throw failure
      if (times.length > 0) throw new Error(`The encoder swallowed ${times.length} pictures.`)
    },
    close: () => {
      if (encoder.state !== 'closed') encoder.close()
    },
  }
}

/** AAC, stereo, 48 kHz. Packets that begin at `end_s` or later are left out: the encoder's padding would make the sound longer than the pictures. */
export function encodeSound(
  codecs: Codecs,
  end_s: number,
  onPacket: (packet: EncodedPacket, meta: EncodedAudioChunkMetadata) => void,
): SoundEncoder {
  let samples = 0
  let failure: Error | null = null
  const encoder: AudioEncoder = new codecs.AudioEncoder({
    output(chunk, meta) {
      const at_s = Math.max(0, chunk.timestamp / 1e6)
      if (at_s >= end_s - 1e-6) return
      onPacket(new EncodedPacket(bytesOf(chunk), 'key', at_s, SOUND_CHUNK / SAMPLE_RATE), meta as EncodedAudioChunkMetadata)
    },
    error(error) {
      failure ??= error
    },
  })
  encoder.configure({ codec: 'mp4a.40.2', sampleRate: SAMPLE_RATE, numberOfChannels: 2, bitrate: SOUND_BITRATE })
  return {
    add(chunk) {
      const data = new codecs.AudioData({
        format: 'f32',
        sampleRate: SAMPLE_RATE,
        numberOfFrames: SOUND_CHUNK,
        numberOfChannels: 2,
        timestamp: Math.round((samples * 1e6) / SAMPLE_RATE),
        data: chunk,
      })
      samples += SOUND_CHUNK
      encoder.encode(data)
      data.close()
      if (failure) throw failure
    },
    async flush() {
      await encoder.flush()
      if (failure) throw failure
    },
    close: () => {
      if (encoder.state !== 'closed') encoder.close()
    },
  }
}

function bytesOf(chunk: EncodedVideoChunk | EncodedAudioChunk): Uint8Array {
  const bytes = new Uint8Array(chunk.byteLength)
  chunk.copyTo(bytes)
  return bytes
}
