// Claim: an 8 s 720p animatic with sound is made at 1.5 times realtime or faster on two cores, once its child is warm.
// The peer is ffmpeg (libx264 veryfast, AAC) encoding the very frames that we draw, from a file in memory or on disk: it draws nothing.
// Ours and the peer's runs alternate; medians count. The machine should have nothing else to do.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { FPS, RenderJob, type RenderOrder } from '../server/src/providers/animatic/job.ts'
import { openPicture } from '../server/src/providers/animatic/picture.ts'
import { createRenderer } from '../server/src/providers/animatic/renderer.ts'
import type { Measure } from './run.ts'

const SECONDS = 8
const RUNS = 3
const SIZE = { width: 1280, height: 720 }
const PROMPTS = [
  'A wide aerial shot over misty mountains at sunrise',
  'Neon city street at night in the rain, a taxi drives by, tracking right',
  'A sailing boat on the ocean at sunset, slow push in',
]

export const measure: Measure = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'filmgate-bench-'))
  const renderer = createRenderer({ log: { warn: (details, message) => console.error(message, details) }, concurrency: 1 })
  const ours: number[] = []
  const peers: number[] = []
  const others: [string, number][] = []
  const peer = await hasFfmpeg()
  if (!peer) console.log('ffmpeg is not on PATH: no peer beside us, only realtime is measured.')
  try {
    const order = (prompt: string) => ({ ...SIZE, prompt, seconds: SECONDS, reference_path: null, out_path: join(folder, 'ours.mp4') })
    const render = async (prompt: string, more: Partial<RenderOrder> = {}): Promise<number> => {
      const from = performance.now()
      const rendered = await renderer.render({ ...order(prompt), ...more }, () => {}, new AbortController().signal)
      if (rendered.outcome !== 'rendered') throw new Error(JSON.stringify(rendered))
      return (performance.now() - from) / 1000
    }
    console.log(`${availableParallelism()} cores, ${loadavg()[0]?.toFixed(1)} processes busy on them before we begin; warming up`)
    await render(PROMPTS[0] ?? '')
    for (const prompt of PROMPTS) {
      const frames = join(folder, 'frames.yuv')
      if (peer) await writeFrames(prompt, frames)
      for (let run = 1; run <= RUNS; run += 1) {
        const own_s = await render(prompt)
        ours.push(own_s)
        let beside = ''
        if (peer) {
          const peer_s = await encodeWithFfmpeg(frames, join(folder, 'peer.mp4'))
          peers.push(peer_s)
          beside = `, ffmpeg encoding only ${peer_s.toFixed(2)} s`
        }
        console.log(`${prompt.slice(0, 40)}…, run ${run} of ${RUNS}: ours ${own_s.toFixed(2)} s${beside}`)
      }
    }
    const source_path = join(folder, 'source.mp4')
    await rename(join(folder, 'ours.mp4'), source_path)
    for (const operation of ['remix', 'edit', 'extend'] as const) {
      const times: number[] = []
      for (let run = 1; run <= RUNS; run += 1) times.push(await render('The same at night in the rain', { operation, source_path }))
      others.push([operation, median(times)])
    }
  } finally {
    await renderer.stop()
    await rm(folder, { recursive: true, force: true })
  }
  for (const [operation, median_s] of others) {
    console.log(
      `median of ${RUNS}: ${operation} ${median_s.toFixed(2)} s for ${SECONDS} s, ${(SECONDS / median_s).toFixed(2)} times realtime`,
    )
  }
  const own_s = median(ours)
  console.log(`median of ${ours.length}: ours ${own_s.toFixed(2)} s for ${SECONDS} s of ${SIZE.width}x${SIZE.height} with sound`)
  if (peers.length > 0) {
    const peer_s = median(peers)
    console.log(
      `median of ${peers.length}: ffmpeg veryfast ${peer_s.toFixed(2)} s, encoding only; ours draws and encodes in ${(own_s / peer_s).toFixed(2)} times that`,
    )
  }
  return [{ claim: 'animatic_realtime', value: SECONDS / own_s, goal: 1.5 }]
}

async function writeFrames(prompt: string, path: string): Promise<void> {
  const picture = await openPicture(RenderJob.parse({ ...SIZE, prompt, seconds: SECONDS, reference_path: null, out_path: '' }))
  const file = createWriteStream(path)
  for (let frame = 0; frame < SECONDS * FPS; frame += 1) {
    if (!file.write(Buffer.from(picture.draw(frame)))) await once(file, 'drain')
    await turn()
  }
  file.end()
  await finished(file)
}

async function encodeWithFfmpeg(frames: string, out: string): Promise<number> {
  const input = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${SIZE.width}x${SIZE.height}`, '-r', String(FPS), '-i', frames]
  const sound = ['-f', 'lavfi', '-t', String(SECONDS), '-i', 'sine=frequency=220:sample_rate=48000']
  const codecs = ['-c:v', 'libx264', '-preset', 'veryfast', '-c:a', 'aac', '-ac', '2', '-movflags', '+faststart']
  const from = performance.now()
  const child = spawn('ffmpeg', ['-v', 'error', '-y', ...input, ...sound, ...codecs, out], { stdio: 'inherit' })
  const code = await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject))
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`)
  return (performance.now() - from) / 1000
}

async function hasFfmpeg(): Promise<boolean> {
  const child = spawn('ffmpeg', ['-version'], { stdio: 'ignore' })
  return new Promise((resolve) => child.once('exit', (code) => resolve(code === 0)).once('error', () => resolve(false)))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
