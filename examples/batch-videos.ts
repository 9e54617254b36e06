// A batch of videos over the Videos API, as programs for it are written: the most urgent task first, order, look until it is there, download, a
// pause between calls; what failed is kept apart. Only the base URL is another.
//
//   OPENAI_BASE_URL=http://127.0.0.1:8787/v1 OPENAI_API_KEY=fg_live_… npm run batch-videos [tasks.json] [folder]
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import OpenAI from 'openai'

type Order = OpenAI.Videos.VideoCreateParams
interface Task extends Pick<Order, 'prompt' | 'model' | 'seconds' | 'size'> {
  /** 1 comes first. */
  readonly priority: number
}

const TASKS: readonly Task[] = [
  { prompt: 'A lighthouse on a cliff at dusk, rain, slow push-in', model: 'sora-2', seconds: '4', size: '1280x720', priority: 2 },
  { prompt: 'A paper boat drifting down a gutter in the rain', model: 'sora-2', seconds: '4', size: '720x1280', priority: 1 },
]
const PAUSE_MS = Number(process.env.BATCH_PAUSE_MS ?? 2_000)
const LOOK_MS = Number(process.env.BATCH_LOOK_MS ?? 10_000)

const client = new OpenAI()
const [, , file, folder = 'clips'] = process.argv
const tasks: readonly Task[] = file === undefined ? TASKS : JSON.parse(await readFile(file, 'utf8'))

/** Orders one clip, waits for it, saves it, and answers with the file. */
async function generate({ priority: _priority, ...order }: Task): Promise<string> {
  let video = await client.videos.create(order)
  while (video.status === 'queued' || video.status === 'in_progress') {
    await delay(LOOK_MS)
    video = await client.videos.retrieve(video.id)
  }
  if (video.status !== 'completed') throw new Error(video.error?.message ?? 'it failed without a reason')
  const content = await client.videos.downloadContent(video.id)
  const path = join(folder, `${video.id}.mp4`)
  await writeFile(path, Buffer.from(await content.arrayBuffer()))
  return path
}

await mkdir(folder, { recursive: true })
const made: { readonly task: Task; readonly path: string }[] = []
const failed: { readonly task: Task; readonly why: string }[] = []
for (const [index, task] of tasks.toSorted((a, b) => a.priority - b.priority).entries()) {
  if (index > 0) await delay(PAUSE_MS)
  console.log(`[${index + 1}/${tasks.length}] ${task.model}: ${task.prompt}`)
  try {
    made.push({ task, path: await generate(task) })
  } catch (error) {
    failed.push({ task, why: error instanceof Error ? error.message : String(error) })
  }
}

console.log(`\n${made.length} made, ${failed.length} failed`)
for (const { task, path } of made) console.log(`made    ${task.prompt}: ${path}`)
for (const { task, why } of failed) console.log(`failed  ${task.prompt}: ${why}`)
