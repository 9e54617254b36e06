import { appendFile } from 'node:fs/promises'
import { EncodedAudioPacketSource, EncodedPacket, EncodedVideoPacketSource, FilePathTarget, Mp4OutputFormat, Output } from 'mediabunny'
import type { AudioEncoder, EncodedAudioChunk, EncodedVideoChunk, VideoEncoder } from 'node-webcodecs'
import { BT709, type Codecs } from '../../media/codecs.ts'
import { provenanceBox } from './provenance.ts'

export const SAMPLE_RATE = 48_000
/** AAC's frame. The encoder reads no more than this of what it is given at once, and silently drops the rest. */
export const SOUND_CHUNK = 1_024

export interface ClipFormat {
  readonly path: string
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly seconds: number
  readonly title: string
}

/** Encodes frames and sound as they come and writes an MP4 with its index in front. Holds a few frames, whatever the length. */
export interface ClipWriter {
  /** Planes Y, U, V without gaps; copied. Resolves when there is room for the next one. */
  addFrame(i420: Uint8Array, key_frame: boolean): Promise<void>
  /** 1,024 interleaved stereo samples; copied. */
  addSound(samples: Float32Array): Promise<void>
  finish(): Promise<void>
  /** Lets go of encoders and file after a failure; the unfinished file is the caller's to remove. */
  abandon(): Promise<void>
}

// The library's own queue length says nothing about its thread: frames without an answer are counted here.
const FRAMES_AHEAD = 6
// OpenH264 has no constant quality; at this many bits a pixel text and night gradients stayed clean.
const BITS_PER_PIXEL = 0.13
const SOUND_BITRATE = 128_000

export async function openClip(codecs: Codecs, format: ClipFormat): Promise<ClipWriter> {
  const { width, height, fps, seconds } = format
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'reserve' }), target: new FilePathTarget(format.path) })
  const pictures = new EncodedVideoPacketSource('avc')
  const sounds = new EncodedAudioPacketSource('aac')
  output.addVideoTrack(pictures, { frameRate: fps, maximumPacketCount: seconds * fps + 1 })
  output.addAudioTrack(sounds, { maximumPacketCount: Math.ceil((seconds * SAMPLE_RATE) / SOUND_CHUNK) + 2 })
  output.setMetadataTags({ title: format.title, comment: 'Animatic: drawn from the words of the prompt, without an AI model.' })
  await output.start()

  let failure: Error | null = null
  let pending = 0
  let wake = (): void => {}
  // Packets are handed to the muxer one after the other, in the order in which the encoders gave them.
  let muxed: Promise<void> = Promise.resolve()
  const mux = (write: () => Promise<void>): void => {
    muxed = muxed.then(write).catch(fail)
  }
  function fail(error: unknown): void {
    failure ??= error instanceof Error ? error : new Error(String(error))
    wake()
  }

  let frames = 0
  const video: VideoEncoder = new codecs.VideoEncoder({
    output(chunk, meta) {
      pending -= 1
      wake()
      const packet = new EncodedPacket(bytesOf(chunk), chunk.type, chunk.timestamp / 1e6, 1 / fps)
      mux(() => pictures.add(packet, meta as EncodedVideoChunkMetadata))
    },
    error: fail,
  })
  video.configure({
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

  let samples = 0
  const audio: AudioEncoder = new codecs.AudioEncoder({
    output(chunk, meta) {
      const at_s = Math.max(0, chunk.timestamp / 1e6)
      // The encoder's padding would make the sound longer than the pictures.
      if (at_s >= seconds - 1e-6) return
      const packet = new EncodedPacket(bytesOf(chunk), 'key', at_s, SOUND_CHUNK / SAMPLE_RATE)
      mux(() => sounds.add(packet, meta as EncodedAudioChunkMetadata))
    },
    error: fail,
  })
  audio.configure({ codec: 'mp4a.40.2', sampleRate: SAMPLE_RATE, numberOfChannels: 2, bitrate: SOUND_BITRATE })

  return {
    async addFrame(i420, key_frame) {
      const timestamp = Math.round((frames * 1e6) / fps)
      const frame = new codecs.VideoFrame(i420, {
        format: 'I420',
        codedWidth: width,
        codedHeight: height,
        timestamp,
        duration: Math.round(1e6 / fps),
        colorSpace: BT709,
      })
      frames += 1
      pending += 1
      video.encode(frame, { keyFrame: key_frame })
      frame.close()
      while (pending >= FRAMES_AHEAD && !failure) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
      if (failure) throw failure
    },

    async addSound(chunk) {
      const data = new codecs.AudioData({
        format: 'f32',
        sampleRate: SAMPLE_RATE,
        numberOfFrames: SOUND_CHUNK,
        numberOfChannels: 2,
        timestamp: Math.round((samples * 1e6) / SAMPLE_RATE),
        data: chunk,
      })
      samples += SOUND_CHUNK
      audio.encode(data)
      data.close()
      if (failure) throw failure
    },

    async finish() {
      await Promise.all([video.flush(), audio.flush()])
      video.close()
      audio.close()
      await muxed
      if (failure) throw failure
      await output.finalize()
      await appendFile(format.path, provenanceBox())
    },

    async abandon() {
      for (const encoder of [video, audio]) if (encoder.state !== 'closed') encoder.close()
      await muxed
      await output.cancel()
    },
  }
}

function bytesOf(chunk: EncodedVideoChunk | EncodedAudioChunk): Uint8Array {
  const bytes = new Uint8Array(chunk.byteLength)
  chunk.copyTo(bytes)
  return bytes
}
