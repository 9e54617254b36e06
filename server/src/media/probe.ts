import { type FileHandle, open } from 'node:fs/promises'
import {
  ALL_FORMATS,
  EncodedPacketSink,
  FilePathSource,
  Input,
  type InputAudioTrack,
  type InputTrack,
  type InputVideoTrack,
} from 'mediabunny'

/** What a clip is, read from its index alone: nothing is decoded. */
export interface Probe {
  readonly outcome: 'ok'
  /** `MP4`, `WebM`, `QuickTime File Format`, … */
  readonly container: string
  readonly bytes: number
  readonly video: VideoFacts
  readonly audio: AudioFacts | null
  /** The index stands before the pictures: playback starts before the whole file is there. Always false outside MP4 and its kin. */
  readonly fast_start: boolean
}

export interface VideoFacts {
  /** As in RFC 6381: `avc1.42c028`. */
  readonly codec: string
  /** As displayed: after rotation and pixel shape. */
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly frames: number
  /** Of the pictures. A file's own figure may be longer by the padding of its sound. */
  readonly duration_s: number
}

export interface AudioFacts {
  readonly codec: string
  readonly channels: number
  readonly rate: number
  readonly duration_s: number
}

export interface Unreadable {
  readonly outcome: 'unreadable'
  /** A sentence without the file's path. */
  readonly why: string
}

// Later than any packet: asks for the last one. The index of a truncated file still counts all frames, but its last packet cannot be read.
const END_OF_TRACK_S = 1e9

/** Reads what a local file holds. A page of HTML, a truncated clip and an empty file are `unreadable`, not errors. Of a stranger's file ask `Decoder.probe`. @throws when the file cannot be opened */
export async function probe(path: string): Promise<Probe | Unreadable> {
  const file = await open(path, 'r')
  const input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(path, { handleUnhandledError: () => {} }) })
  try {
    const { size } = await file.stat()
    if (size === 0) return unreadable('The file is empty.')
    const track = await input.getPrimaryVideoTrack()
    if (!track) return unreadable('The file holds no moving picture.')
    const video = await videoFacts(track)
    if (!video) return unreadable('The moving picture is of a kind that is not known here.')
    const sound = await input.getPrimaryAudioTrack()
    if (!(await hasLastPacket(track)) || (sound && !(await hasLastPacket(sound)))) return unreadable('The file ends before its last frame.')
    const container = (await input.getFormat()).name
    const audio = sound ? await audioFacts(sound) : null
    return { outcome: 'ok', container, bytes: size, video, audio, fast_start: await isFastStart(file, size) }
  } catch {
    // The reader's own words are for its makers; a customer reads this.
    return unreadable('The file is not a readable clip.')
  } finally {
    input.dispose()
    await file.close()
  }
}

function unreadable(why: string): Unreadable {
  return { outcome: 'unreadable', why }
}

async function videoFacts(track: InputVideoTrack): Promise<VideoFacts | null> {
  const codec = await track.getCodecParameterString()
  if (!codec) return null
  const stats = await track.computePacketStats()
  return {
    codec,
    width: await track.getDisplayWidth(),
    height: await track.getDisplayHeight(),
    fps: stats.averagePacketRate,
    frames: stats.packetCount,
    duration_s: await track.computeDuration(),
  }
}

async function audioFacts(track: InputAudioTrack): Promise<AudioFacts> {
  return {
    codec: (await track.getCodecParameterString()) ?? 'unknown',
    channels: await track.getNumberOfChannels(),
    rate: await track.getSampleRate(),
    duration_s: await track.computeDuration(),
  }
}

async function hasLastPacket(track: InputTrack): Promise<boolean> {
  return (await new EncodedPacketSink(track).getPacket(END_OF_TRACK_S)) !== null
}

/** Walks the top-level boxes (ISO/IEC 14496-12, 4.2) until the index or the media is met. */
async function isFastStart(file: FileHandle, size: number): Promise<boolean> {
  const header = Buffer.alloc(16)
  let offset = 0
  for (let boxes = 0; boxes < 64 && offset + 8 <= size; boxes += 1) {
    await file.read(header, 0, 16, offset)
    const kind = header.toString('latin1', 4, 8)
    if (kind === 'moov') return true
    if (kind === 'mdat' || kind === 'moof') return false
    const length = header.readUInt32BE(0)
    const box = length === 1 ? Number(header.readBigUInt64BE(8)) : length
    if (box < 8) return false
    offset += box
  }
  return false
}
