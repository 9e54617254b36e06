// A batch of videos over chat.completions, as programs for aggregators are written: one task after the other, the most urgent first, a pause
// between calls, the link read out of the text. Only the base URL is another.
//
//   OPENAI_BASE_URL=http://127.0.0.1:8787/v1 OPENAI_API_KEY=fg_live_… npm run batch [tasks.json]
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import OpenAI from 'openai'

interface Task {
  readonly prompt: string
  readonly model: string
  /** 1 comes first. */
  readonly priority: number
  /** Filmgate's own: how long, if the name of the model is not to decide. */
  readonly seconds?: string
}

const TASKS: readonly Task[] = [
  { prompt: 'A lighthouse on a cliff at dusk, rain, slow push-in', model: 'sora_video2-landscape', priority: 2 },
  { prompt: 'A paper boat drifting down a gutter in the rain', model: 'sora_video2', priority: 1 },
  { prompt: 'A market square at dawn, stalls being set up', model: 'sora_video2-landscape', priority: 3 },
]
const PAUSE_MS = Number(process.env.BATCH_PAUSE_MS ?? 2_000)

const client = new OpenAI()
const file = process.argv[2]
const tasks: readonly Task[] = file === undefined ? TASKS : JSON.parse(await readFile(file, 'utf8'))

/** Orders one clip, shows how it stands, and answers with its link. */
async function generate({ prompt, model, seconds }: Task): Promise<string> {
  const more = seconds === undefined ? {} : { seconds }
  const stream = await client.chat.completions.create({ model, stream: true, messages: [{ role: 'user', content: prompt }], ...more })
  let text = ''
  for await (const chunk of stream) {
    const said = chunk.choices[0]?.delta.content ?? ''
    process.stdout.write(said)
    text += said
  }
  const link = /https?:\/\/[^\s)\]]+\.mp4/.exec(text)?.[0]
  if (link === undefined) throw new Error('the answer has no link')
  return link
}

const made: { readonly task: Task; readonly link: string }[] = []
const failed: { readonly task: Task; readonly why: string }[] = []
for (const [index, task] of tasks.toSorted((a, b) => a.priority - b.priority).entries()) {
  if (index > 0) await delay(PAUSE_MS)
  console.log(`\n[${index + 1}/${tasks.length}] ${task.model}: ${task.prompt}`)
  try {
    made.push({ task, link: await generate(task) })
  } catch (error) {
    failed.push({ task, why: error instanceof Error ? error.message : String(error) })
  }
}

console.log(`\n${made.length} made, ${failed.length} failed`)
for (const { task, link } of made) console.log(`made    ${task.prompt}: ${link}`)
for (const { task, why } of failed) console.log(`failed  ${task.prompt}: ${why}`)
