import { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input, type InputVideoTrack } from 'mediabunny'
import sharp from 'sharp'
import { serveJobs } from './child.ts'
import { type Codecs, loadCodecs } from './codecs.ts'
import { type DecodeAnswer, DecodeJob, SPRITESHEET, THUMBNAIL_SIDE_MAX } from './decoder.ts'
import { framesAt } from './frames.ts'
import { probe } from './probe.ts'
import { type RgbPicture, rgbOf } from './rgb.ts'

// Later than any packet: asks for the last one.
const END_OF_TRACK_S = 1e9
const THUMBNAIL_AT = 0.1

let registered = false

serveJobs(DecodeJob.parse, async (job): Promise<DecodeAnswer> => {
  if (job.command === 'probe') {
    const seen = await probe(job.path)
    return seen.outcome === 'ok' ? { outcome: 'probed', probe: seen } : { outcome: 'unreadable', why: seen.why }
  }
  const loaded = await loadCodecs()
  if (loaded.outcome === 'unavailable') return loaded
  if (!registered) await import('node-webcodecs/mediabunny')
  registered = true
  const { codecs } = loaded

  const input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(job.path, { handleUnhandledError: () => {} }) })
  try {
    const track = await input.getPrimaryVideoTrack()
    if (!track) throw new Error('The file holds no moving picture.')
    if (job.command === 'thumbnail') return { outcome: 'picture', bytes: await thumbnail(codecs, track) }
    if (job.command === 'spritesheet') return { outcome: 'picture', bytes: await spritesheet(codecs, track) }
    return await plays(codecs, track)
  } finally {
    input.dispose()
  }
})

async function plays(codecs: Codecs, track: InputVideoTrack): Promise<DecodeAnswer> {
  const packets = new EncodedPacketSink(track)
  const first = await packets.getFirstPacket()
  const last = await packets.getKeyPacket(END_OF_TRACK_S)
  if (!first || !last) return { outcome: 'does_not_play', why: 'The file ends before its last frame.' }
  const times_s = [...new Set([first.timestamp, last.timestamp])]
  const frames = await framesAt(codecs, track, times_s)
  for (const frame of frames) frame?.close()
  const missing = frames.indexOf(null)
  if (missing >= 0) throw new Error(`There is no picture at ${times_s[missing]?.toFixed(2)} s.`)
  return { outcome: 'plays' }
}

async function thumbnail(codecs: Codecs, track: InputVideoTrack): Promise<Buffer<ArrayBuffer>> {
  const [picture] = await picturesAt(codecs, track, [(await track.computeDuration()) * THUMBNAIL_AT], THUMBNAIL_SIDE_MAX)
  if (!picture) throw new Error('The file has no frame to show.')
  return sharp(picture.rgb, { raw: { width: picture.width, height: picture.height, channels: 3 } })
    .webp({ quality: 80, effort: 2 })
    .toBuffer()
}

async function spritesheet(codecs: Codecs, track: InputVideoTrack): Promise<Buffer<ArrayBuffer>> {
  const { columns, rows, tile_width } = SPRITESHEET
  const seconds = await track.computeDuration()
  const tiles = columns * rows
  const times = Array.from({ length: tiles }, (_, i) => ((i + 0.5) * seconds) / tiles)
  const pictures = await picturesAt(codecs, track, times, tile_width, 'width')
  const first = pictures[0]
  if (!first) throw new Error('The file has no frame to show.')
  const { width, height } = first
  return sharp({ create: { width: width * columns, height: height * rows, channels: 3, background: '#000' } })
    .composite(
      pictures.map((picture, i) => ({
        input: Buffer.from(picture.rgb.buffer),
        raw: { width, height, channels: 3 as const },
        left: (i % columns) * width,
        top: Math.floor(i / columns) * height,
      })),
    )
    .jpeg({ quality: 80 })
    .toBuffer()
}

/** The frames shown at these times, at most so large. */
async function picturesAt(
  codecs: Codecs,
  track: InputVideoTrack,
  times_s: readonly number[],
  side_max: number,
  side: 'longer' | 'width' = 'longer',
): Promise<RgbPicture[]> {
  const frames = await framesAt(codecs, track, times_s)
  try {
    const shown = frames.filter((frame) => frame !== null)
    return await Promise.all(shown.map((frame) => rgbOf(frame, side_max, side)))
  } finally {
    for (const frame of frames) frame?.close()
  }
}
