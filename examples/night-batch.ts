// A file of orders as one batch: checked and priced first, then made under a cap, whatever happens meanwhile. Run it again after it was cut off, and it
// goes on with the same batch: the key is made of the file.
//
//   OPENAI_BASE_URL=http://127.0.0.1:8787/v1 OPENAI_API_KEY=fg_live_… node examples/night-batch.ts orders.jsonl [max_credits]
//
// Each line: {"custom_id": "shot-1", "method": "POST", "url": "/v1/videos", "body": {"prompt": "…", "seconds": "4"}}
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const { OPENAI_BASE_URL = 'http://127.0.0.1:8787/v1', OPENAI_API_KEY = '', BATCH_CONCURRENCY = '4' } = process.env
const LOOK_MS = Number(process.env.BATCH_PAUSE_MS ?? 2_000)
const [file, max_credits] = process.argv.slice(2)
if (file === undefined) throw new Error('Name a file of orders.')

interface Batch {
  readonly id: string
  readonly status: string
  readonly request_counts: { readonly total: number }
  readonly filmgate: {
    readonly state: string
    readonly paused_reason: string | null
    readonly worst_credits: number
    readonly charged: number
    readonly counts: object
  }
  /** Of a refusal. */
  readonly error?: { readonly message: string; readonly rows?: readonly { readonly line: number; readonly message: string }[] }
}

/** Asks until there is an answer: a server that restarts is back in a moment, and nothing here is done twice. */
async function ask(method: string, path: string, more: { body?: Buffer; headers?: Record<string, string> } = {}): Promise<Response> {
  for (;;) {
    const headers = { authorization: `Bearer ${OPENAI_API_KEY}`, ...more.headers }
    const answer = await fetch(OPENAI_BASE_URL + path, { method, headers, ...(more.body && { body: more.body }) }).catch(() => null)
    if (answer !== null && answer.status < 500 && answer.status !== 429) return answer
    await delay(LOOK_MS)
  }
}

const body = await readFile(file)
const options = new URLSearchParams({ concurrency: BATCH_CONCURRENCY, ...(max_credits === undefined ? {} : { max_credits }) })
const made = await ask('POST', `/batches?${options}`, {
  body,
  headers: { 'content-type': 'application/jsonl', 'idempotency-key': createHash('sha256').update(body).digest('hex') },
})
let batch = (await made.json()) as Batch
if (batch.error !== undefined) {
  for (const { line, message } of batch.error.rows ?? []) console.error(`line ${line}: ${message}`)
  throw new Error(batch.error.message)
}
console.log(`${batch.id}: ${batch.request_counts.total} videos for at most ${batch.filmgate.worst_credits} credits`)
while (batch.filmgate.state === 'running' || batch.filmgate.state === 'cancelling') {
  await delay(LOOK_MS)
  batch = (await (await ask('GET', `/batches/${batch.id}`)).json()) as Batch
}
const { state, paused_reason, charged, counts } = batch.filmgate
console.log(`${state === 'paused' ? `paused (${paused_reason})` : batch.status}: ${JSON.stringify(counts)}, ${charged} credits`)
console.log(await (await ask('GET', `/batches/${batch.id}/results?format=csv`)).text())
