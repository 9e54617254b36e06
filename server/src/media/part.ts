import {
  ALL_FORMATS,
  EncodedPacketSink,
  FilePathSource,
  Input,
  type InputAudioTrack,
  type InputVideoTrack,
  type MetadataTags,
} from 'mediabunny'
import { timesOf } from './decoding.ts'

/** One of the clips of a stitch: what decides whether its packets can stand beside another's. */
export interface Part {
  readonly pictures: PictureTrack
  readonly sound: SoundTrack | null
  readonly tags: MetadataTags
}

export interface PictureTrack {
  readonly track: InputVideoTrack
  readonly config: VideoDecoderConfig
  readonly rotation: 0 | 90 | 180 | 270
  /** As shown, upright. */
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly frames: number
  /** Its edit list hides frames before the beginning. */
  readonly hides_frames: boolean
  /** When its first frame is shown. */
  readonly first_s: number
  /** When its last frame ends. */
  readonly end_s: number
  /** What is stored first can be decoded alone and is shown first. */
  readonly begins_whole: boolean
}

export interface SoundTrack {
  readonly track: InputAudioTrack
  readonly config: AudioDecoderConfig
  readonly packets: number
}

export interface OpenPart extends Part {
  close(): void
}

// Later than any packet: asks for the last one.
const END_OF_TRACK_S = 1e9

/** Reads a clip's index. @throws a sentence when it is no clip, or breaks off before its last frame */
export async function openPart(path: string): Promise<OpenPart> {
  const input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(path, { handleUnhandledError: () => {} }) })
  try {
    const track = await input.getPrimaryVideoTrack()
    if (!track) throw new Error('The file holds no moving picture.')
    const audio = await input.getPrimaryAudioTrack()
    return {
      pictures: await pictureTrack(track),
      sound: audio && (await soundTrack(audio)),
      tags: await input.getMetadataTags(),
      close: () => input.dispose(),
    }
  } catch (error) {
    input.dispose()
    throw error
  }
}

async function pictureTrack(track: InputVideoTrack): Promise<PictureTrack> {
  const config = await track.getDecoderConfig()
  const packets = new EncodedPacketSink(track)
  const first = await packets.getFirstPacket({ verifyKeyPackets: true })
  if (!config) throw new Error('The moving picture is of a kind that is not known here.')
  if (!first || !(await packets.getPacket(END_OF_TRACK_S))) throw new Error('The file ends before its last frame.')
  const times = await timesOf(track)
  const first_s = times[0]?.timestamp_s ?? 0
  const last = times.at(-1)
  const end_s = last ? last.timestamp_s + last.duration_s : 0
  return {
    track,
    config,
    rotation: track.rotation,
    width: await track.getDisplayWidth(),
    height: await track.getDisplayHeight(),
    fps: times.length / Math.max(end_s - first_s, 1 / 1000),
    frames: times.length,
    hides_frames: first_s < 0,
    first_s: Math.max(0, first_s),
    end_s,
    begins_whole: first.type === 'key' && first.timestamp <= first_s,
  }
}

async function soundTrack(track: InputAudioTrack): Promise<SoundTrack | null> {
  const config = await track.getDecoderConfig()
  const packets = (await track.computePacketStats()).packetCount
  if (!config || packets === 0) return null
  if (!(await new EncodedPacketSink(track).getPacket(END_OF_TRACK_S))) throw new Error('The file ends before its last sound.')
  return { track, config, packets }
}
