import { appendFile } from 'node:fs/promises'
import {
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedVideoPacketSource,
  FilePathTarget,
  type MetadataTags,
  Mp4OutputFormat,
  Output,
} from 'mediabunny'
import type { Codecs } from './codecs.ts'
import { encodePictures, encodeSound, type PictureEncoder, SAMPLE_RATE, SOUND_CHUNK, type SoundEncoder, type Timing } from './encoding.ts'

/** Pictures and sound come encoded already (`copied`), or are encoded here. */
export interface ClipFormat {
  readonly path: string
  readonly pictures:
    | {
        readonly kind: 'encoded'
        readonly width: number
        readonly height: number
        readonly fps: number
        /** Every frame lasts 1/`fps` s. Else each has a time of its own. */
        readonly steady: boolean
        readonly frames_max: number
      }
    | { readonly kind: 'copied'; readonly config: VideoDecoderConfig; readonly rotation: 0 | 90 | 180 | 270; readonly frames_max: number }
  readonly sound:
    | { readonly kind: 'encoded'; readonly seconds: number }
    | { readonly kind: 'copied'; readonly config: AudioDecoderConfig; readonly packets_max: number }
    | null
  readonly tags: MetadataTags
  /** Whole boxes that go behind all others. */
  readonly trailer: Uint8Array | null
}

/** Writes an MP4 with its index in front as frames and sound come. Holds a few frames, whatever the length. */
export interface ClipWriter {
  /** Planes Y, U, V without gaps; copied. Resolves when there is room for the next one. */
  addFrame(i420: Uint8Array, key_frame: boolean, at: Timing): Promise<void>
  /** 1,024 interleaved stereo samples; copied. */
  addSound(samples: Float32Array): void
  /** In the order in which they are stored; times are those of showing. */
  addPicturePacket(packet: EncodedPacket): Promise<void>
  addSoundPacket(packet: EncodedPacket): Promise<void>
  finish(): Promise<void>
  /** Lets go of encoders and file after a failure; the unfinished file is the caller's to remove. */
  abandon(): Promise<void>
}

/** @param codecs null when nothing is to be encoded */
export async function openClip(codecs: Codecs | null, format: ClipFormat): Promise<ClipWriter> {
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'reserve' }), target: new FilePathTarget(format.path) })
  const picture_source = new EncodedVideoPacketSource('avc')
  const sound_source = new EncodedAudioPacketSource('aac')
  const { pictures, sound } = format
  output.addVideoTrack(picture_source, {
    // The muxer rounds times to multiples of a rate that it is told.
    ...(pictures.kind === 'encoded' && pictures.steady ? { frameRate: pictures.fps } : {}),
    ...(pictures.kind === 'copied' ? { rotation: pictures.rotation } : {}),
    maximumPacketCount: pictures.frames_max,
  })
  if (sound) {
    const packets = sound.kind === 'copied' ? sound.packets_max : Math.ceil((sound.seconds * SAMPLE_RATE) / SOUND_CHUNK) + 2
    output.addAudioTrack(sound_source, { maximumPacketCount: packets })
  }
  output.setMetadataTags(format.tags)
  await output.start()

  // Packets are handed to the muxer one after the other, in the order in which the encoders gave them.
  let muxed: Promise<void> = Promise.resolve()
  let failure: Error | null = null
  const mux = (write: () => Promise<void>): void => {
    muxed = muxed.then(write).catch((error: unknown) => {
      failure ??= error instanceof Error ? error : new Error(String(error))
    })
  }
  const picture_encoder: PictureEncoder | null =
    codecs && pictures.kind === 'encoded'
      ? encodePictures(codecs, pictures, (packet, meta) => mux(() => picture_source.add(packet, meta)))
      : null
  const sound_encoder: SoundEncoder | null =
    codecs && sound?.kind === 'encoded'
      ? encodeSound(codecs, sound.seconds, (packet, meta) => mux(() => sound_source.add(packet, meta)))
      : null
  const missing = (): never => {
    throw new Error('This clip was opened for packets of another kind.')
  }

  return {
    async addFrame(i420, key_frame, at) {
      await (picture_encoder ?? missing()).add(i420, key_frame, at)
      if (failure) throw failure
    },

    addSound(samples) {
      const encoder = sound_encoder ?? missing()
      encoder.add(samples)
      if (failure) throw failure
    },

    async addPicturePacket(packet) {
      if (pictures.kind !== 'copied') return missing()
      await picture_source.add(packet, { decoderConfig: pictures.config })
    },

    async addSoundPacket(packet) {
      if (sound?.kind !== 'copied') return missing()
      await sound_source.add(packet, { decoderConfig: sound.config })
    },

    async finish() {
      await Promise.all([picture_encoder?.flush(), sound_encoder?.flush()])
      picture_encoder?.close()
      sound_encoder?.close()
      await muxed
      if (failure) throw failure
      await output.finalize()
      if (format.trailer) await appendFile(format.path, format.trailer)
    },

    async abandon() {
      picture_encoder?.close()
      sound_encoder?.close()
      await muxed
      await output.cancel()
    },
  }
}
