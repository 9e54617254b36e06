import { SAMPLE_RATE, SOUND_CHUNK } from '../../media/encoding.ts'
import { FPS, type RenderJob } from './job.ts'
import type { Story, TimeOfDay } from './prompt.ts'
import { hashText, type Random, seeded } from './random.ts'

/** Sound in step with the picture: a pad that changes its chord at every cut, a soft bell on the cut, wind or surf or rain. */
export interface Soundtrack {
  /** The next 1,024 interleaved stereo samples, in a buffer that is used again. */
  next(): Float32Array
}

// Two chords per time of day, in semitones above the root.
const CHORDS: Readonly<Record<TimeOfDay, readonly [readonly number[], readonly number[]]>> = {
  day: [
    [0, 4, 7, 11],
    [5, 9, 12, 16],
  ],
  sunrise: [
    [0, 7, 11, 16],
    [-3, 4, 9, 12],
  ],
  sunset: [
    [-3, 4, 7, 12],
    [-7, 0, 5, 9],
  ],
  night: [
    [-3, 4, 7, 11],
    [-8, -1, 4, 7],
  ],
  overcast: [
    [-3, 0, 4, 9],
    [-5, 2, 5, 10],
  ],
  winter: [
    [0, 7, 12, 14],
    [5, 7, 12, 16],
  ],
}

const TABLE_SIZE = 4_096
const WAVE = Float32Array.from({ length: TABLE_SIZE }, (_, i) => {
  const angle = (2 * Math.PI * i) / TABLE_SIZE
  return Math.sin(angle) + 0.18 * Math.sin(2 * angle) + 0.06 * Math.sin(3 * angle)
})

const ATTACK = 0.9 * SAMPLE_RATE
const RELEASE = 0.8 * SAMPLE_RATE
const BELL = 1.6 * SAMPLE_RATE
const FADE_IN = 0.25 * SAMPLE_RATE
const FADE_OUT = 0.6 * SAMPLE_RATE

interface Voice {
  phase: number
  readonly step: number
  readonly left: number
  readonly right: number
}

/** One shot's chord; it rings over the next cut. */
interface Chord {
  readonly from: number
  readonly to: number
  readonly voices: readonly Voice[]
}

export function openSoundtrack(story: Story, job: Pick<RenderJob, 'prompt' | 'seed' | 'seconds'>): Soundtrack {
  const random = seeded(hashText(job.prompt) ^ (job.seed + 77))
  const total = job.seconds * SAMPLE_RATE
  const root_hz = 130.81 * 2 ** (Math.floor(random() * 6) / 12 - 0.25)
  const starts = [0, ...story.cuts.map((frame) => Math.round((frame * SAMPLE_RATE) / FPS)), total]
  const chords = starts.slice(0, -1).map((from, i): Chord => {
    const semitones = CHORDS[story.time][i % 2 === 0 ? 0 : 1]
    return { from, to: Math.min(total, (starts[i + 1] ?? total) + RELEASE), voices: voicesOf(semitones, root_hz, random) }
  })
  const bells = starts.slice(1, -1)
  const ambience = openAmbience(story, hashText(job.prompt + String(job.seed)))
  const chunk = new Float32Array(2 * SOUND_CHUNK)
  let at = 0

  return {
    next() {
      chunk.fill(0)
      for (const chord of chords) addChord(chunk, at, chord)
      for (const bell of bells) addBell(chunk, at - bell, root_hz * 6)
      ambience(chunk, at)
      for (let i = 0; i < SOUND_CHUNK; i += 1) {
        const gain = Math.max(0, Math.min(1, (at + i) / FADE_IN, (total - at - i) / FADE_OUT))
        chunk[2 * i] = Math.tanh((chunk[2 * i] ?? 0) * 1.4) * gain
        chunk[2 * i + 1] = Math.tanh((chunk[2 * i + 1] ?? 0) * 1.4) * gain
      }
      at += SOUND_CHUNK
      return chunk
    },
  }
}

/** Two slightly detuned voices a note, spread from left to right. */
function voicesOf(semitones: readonly number[], root_hz: number, random: Random): Voice[] {
  return semitones.flatMap((semitone, note) =>
    [-0.12, 0.11].map((detune) => {
      const pan = 0.5 + (note / semitones.length - 0.4) * 0.7 + detune
      return {
        phase: random() * TABLE_SIZE,
        step: ((root_hz * 2 ** ((semitone + detune * 0.6) / 12)) / SAMPLE_RATE) * TABLE_SIZE,
        left: 0.07 * Math.cos((pan * Math.PI) / 2),
        right: 0.07 * Math.sin((pan * Math.PI) / 2),
      }
    }),
  )
}

function addChord(chunk: Float32Array, at: number, chord: Chord): void {
  const first = Math.max(0, chord.from - at)
  const last = Math.min(SOUND_CHUNK, chord.to - at)
  for (const voice of chord.voices) {
    for (let i = first; i < last; i += 1) {
      const envelope = Math.min(1, (at + i - chord.from) / ATTACK, (chord.to - at - i) / RELEASE)
      const value = (WAVE[voice.phase & (TABLE_SIZE - 1)] ?? 0) * envelope
      chunk[2 * i] = (chunk[2 * i] ?? 0) + value * voice.left
      chunk[2 * i + 1] = (chunk[2 * i + 1] ?? 0) + value * voice.right
      voice.phase += voice.step
      if (voice.phase >= TABLE_SIZE) voice.phase -= TABLE_SIZE
    }
  }
}

/** @param since samples from the bell's stroke to the chunk's start */
function addBell(chunk: Float32Array, since: number, hz: number): void {
  if (since <= -SOUND_CHUNK || since > BELL) return
  for (let i = Math.max(0, -since); i < SOUND_CHUNK; i += 1) {
    const t = since + i
    const value = 0.1 * Math.exp(-t / (0.35 * SAMPLE_RATE)) * Math.sin((2 * Math.PI * hz * t) / SAMPLE_RATE)
    chunk[2 * i] = (chunk[2 * i] ?? 0) + value
    chunk[2 * i + 1] = (chunk[2 * i + 1] ?? 0) + value * 0.8
  }
}

/** Filtered noise: rain hisses, surf comes and goes, water hums, anything else has a little wind. */
function openAmbience(story: Story, seed: number): (chunk: Float32Array, at: number) => void {
  const rain = story.weather === 'rain'
  const surf = !rain && story.place === 'ocean'
  const still = story.place === 'space' || story.place === 'interior' || story.place === 'abstract'
  const cutoff = rain ? 0.35 : surf ? 0.06 : story.place === 'underwater' ? 0.012 : 0.02
  const level = rain ? 0.06 : surf ? 0.35 : still ? 0.12 : 0.4
  let noise = seed | 1
  let low = 0
  let lower = 0
  let right = 0
  return (chunk, at) => {
    for (let i = 0; i < SOUND_CHUNK; i += 1) {
      noise ^= noise << 13
      noise ^= noise >>> 17
      noise ^= noise << 5
      const t = (at + i) / SAMPLE_RATE
      const swell = surf ? 0.35 + 0.65 * (0.5 + 0.5 * Math.sin(t * 1.25)) ** 2 : 0.6 + 0.4 * Math.sin(t * 0.7 + 1)
      low += (noise / 2147483648 - low) * cutoff
      lower += (low - lower) * cutoff * 1.5
      right += (lower - right) * 0.5
      chunk[2 * i] = (chunk[2 * i] ?? 0) + lower * level * swell
      chunk[2 * i + 1] = (chunk[2 * i + 1] ?? 0) + right * level * swell
    }
  }
}
