import type { Part, PictureTrack, SoundTrack } from './part.ts'
import { silentPacket } from './silence.ts'

export interface StitchPlan {
  readonly pictures: Way
  readonly sound: Way | null
}

/** `copy`: packets stay as they are. `encode`: decoded and encoded anew, and why. */
export type Way = { readonly way: 'copy' } | { readonly way: 'encode'; readonly why: string }

const COPY: Way = { way: 'copy' }
const encode = (why: string): Way => ({ way: 'encode', why })

/** Decides what of two clips can be joined as it is. */
export function planStitch(first: Part, second: Part): StitchPlan {
  return { pictures: planPictures(first.pictures, second.pictures), sound: soundWay(first.sound, second.sound) }
}

/**
 * A track of `avc1` has one description for all its pictures. Two descriptions in one track, or one that carries the parameter sets
 * of both encoders, is allowed on paper and breaks in players: so the descriptions must be equal, byte by byte.
 */
function planPictures(first: PictureTrack, second: PictureTrack): Way {
  const [a, b] = [first.config, second.config]
  if (!a.codec.startsWith('avc1.') || !b.codec.startsWith('avc1.')) return encode(`${a.codec} and ${b.codec} are not both H.264.`)
  if (a.codedWidth !== b.codedWidth || a.codedHeight !== b.codedHeight || first.width !== second.width || first.height !== second.height)
    return encode(`The pictures are ${first.width}x${first.height} and ${second.width}x${second.height}.`)
  if (first.rotation !== second.rotation) return encode('One is turned, the other is not.')
  if (!sameBytes(a.description, b.description)) return encode('The pictures were encoded with other parameter sets.')
  if (!second.begins_whole || second.hides_frames) return encode('The second does not begin with a picture that stands alone.')
  return COPY
}

/** The sound of two clips, or of one. */
export function soundWay(first: SoundTrack | null, second: SoundTrack | null): Way | null {
  const [one, other] = first ? [first, second] : [second, null]
  if (!one) return null
  const { codec, sampleRate, numberOfChannels, description } = one.config
  if (!codec.startsWith('mp4a.40.')) return encode(`The sound is ${codec}.`)
  if (!other) return silentPacket(one.config) ? COPY : encode(`There is no ready-made silence of ${numberOfChannels} channels of ${codec}.`)
  const { config } = other
  if (config.codec !== codec || config.sampleRate !== sampleRate || config.numberOfChannels !== numberOfChannels)
    return encode(`The sounds are ${codec} at ${sampleRate} Hz and ${config.codec} at ${config.sampleRate} Hz.`)
  if (!sameBytes(config.description, description)) return encode('The sounds were encoded with other settings.')
  return COPY
}

type Bytes = VideoDecoderConfig['description']

function sameBytes(a: Bytes, b: Bytes): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(bytesOf(a), bytesOf(b)) === 0
}

function bytesOf(source: NonNullable<Bytes>): Uint8Array {
  return ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source)
}
