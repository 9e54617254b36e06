import { ALL_FORMATS, FilePathSource, Input } from 'mediabunny'
import { z } from 'zod'
import { serveJobs } from '../media/child.ts'
import { loadCodecs } from '../media/codecs.ts'
import { framesOf, soundOf } from '../media/decoding.ts'
import { planesOf } from '../media/rgb.ts'

// Decodes a clip from its first frame to its last and says what it saw and heard. Started by tests only.
serveJobs(z.object({ path: z.string() }).parse, async ({ path }) => {
  const loaded = await loadCodecs()
  if (loaded.outcome === 'unavailable') throw new Error(loaded.why)
  await import('node-webcodecs/mediabunny')
  const input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(path) })
  try {
    const track = await input.getPrimaryVideoTrack()
    const times: number[] = []
    const brightness: number[] = []
    if (track)
      for await (const { sample, timestamp_s } of framesOf(loaded.codecs, track)) {
        const { i420, width, height } = await planesOf(sample)
        sample.close()
        times.push(timestamp_s)
        let sum = 0
        for (let i = 0; i < width * height; i += 1) sum += i420[i] ?? 0
        brightness.push(sum / (width * height))
      }
    const audio = await input.getPrimaryAudioTrack()
    const loudness: number[] = []
    let samples = 0
    let square = 0
    if (audio)
      for await (const piece of soundOf(loaded.codecs, audio, 0))
        for (let i = 0; i < piece.length; i += 2) {
          square += (piece[i] ?? 0) ** 2
          samples += 1
          if (samples % 4_800 > 0) continue
          loudness.push(Math.sqrt(square / 4_800))
          square = 0
        }
    return { times, brightness, samples, loudness }
  } finally {
    input.dispose()
  }
})
