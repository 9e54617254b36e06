import type { Sql } from '../../db/pool.ts'
import type { Clock } from '../../domain/time.ts'
import type { Exchange } from '../exchange.ts'
import type { AttemptKey, Submitted } from '../provider.ts'
import { endOf, type Heard, hear, hearJson, isCompletion, NOTHING_HEARD, percentIn, readRefusal } from './answers.ts'
import { deleteCall, type End, endCall, keepCall } from './queries.ts'

export interface ReaderParts {
  readonly sql: Sql
  readonly clock: Clock
  readonly exchange: Exchange
}

/** How long a reader that does not write is taken to live. */
export const LEASE_MS = 60_000
const KEEP_MS = 15_000
/** Between two lines about progress. */
const SHOW_MS = 500
/** A stream says something every few seconds. */
const SILENCE_MS = 300_000
/** No call lasts this long. */
const CALL_MS_MAX = 3_600_000
/** Of what is kept: a line that does not end, or all that was said. */
const TEXT_MAX = 1_000_000
const NEWLINE = 0x0a
/** What was learned can be learned nowhere else: a database that restarts is waited for. */
const WRITES_MAX = 30
const WRITE_AGAIN_MS = 1_000

/** Makes calls and reads their answers to the end, whatever becomes of whoever waits for their beginning. */
export class Reader {
  readonly #parts: ReaderParts
  readonly #stopping = new AbortController()
  readonly #reading = new Set<Promise<void>>()

  constructor(parts: ReaderParts) {
    this.#parts = parts
  }

  /** Sends a call, once. Resolves when something is known of whether it was taken; its row stands already. */
  begin(key: AttemptKey, body: string): Promise<Submitted> {
    return new Promise((told) => {
      const reading = this.#read(key, body, told)
        .catch((error: unknown) => told({ outcome: 'unknown', message: String(error) }))
        .finally(() => this.#reading.delete(reading))
      this.#reading.add(reading)
    })
  }

  /** Waits for the calls that are under way, at most so long; then leaves the rest, whose results are lost. */
  async stop(grace_ms: number): Promise<void> {
    const timer = setTimeout(() => this.#stopping.abort(), grace_ms)
    await Promise.all(this.#reading)
    clearTimeout(timer)
  }

  async #read(key: AttemptKey, body: string, tell: (submitted: Submitted) => void): Promise<void> {
    const { sql, clock, exchange } = this.#parts
    const silence = new AbortController()
    const signal = AbortSignal.any([this.#stopping.signal, silence.signal, AbortSignal.timeout(CALL_MS_MAX)])
    let timer = setTimeout(() => silence.abort(), SILENCE_MS)
    const kept = { streams: false, percent: null as number | null }
    const keep = () => keepCall(sql, key, kept.streams, kept.percent, clock() + LEASE_MS)
    const keeping = setInterval(() => keep().catch(() => {}), KEEP_MS) // the next one may do
    try {
      const headers = { 'content-type': 'application/json', accept: 'text/event-stream, application/json' }
      const begun = await exchange.begin('/chat/completions', { method: 'POST', headers, body }, signal)
      if (begun.outcome === 'undelivered') {
        await this.#insist(() => deleteCall(sql, key))
        return tell(begun)
      }
      if (begun.outcome === 'lost') return await this.#lose(key, begun.message, tell)
      const { response } = begun
      const type = response.headers.get('content-type') ?? ''
      if (response.status !== 200 || !/event-stream|json/.test(type)) {
        const said = response.status === 200 ? null : readRefusal(await exchange.answerOf(response), clock())
        await response.body?.cancel().catch(() => {})
        if (said === null || said.outcome === 'unknown')
          return await this.#lose(key, said?.message ?? 'the answer 200 is no completion', tell)
        await this.#insist(() => deleteCall(sql, key))
        return tell(said)
      }
      const start = async () => {
        kept.streams = true
        await this.#insist(keep)
        tell({ outcome: 'running', ref: { id: key } })
      }
      let shown_at = 0
      const show = async (heard: Heard) => {
        clearTimeout(timer)
        timer = setTimeout(() => silence.abort(), SILENCE_MS)
        if (clock() - shown_at < SHOW_MS) return // before the text is searched: it comes in very many pieces
        const percent = percentIn(heard)
        if (percent === kept.percent) return
        kept.percent = percent
        shown_at = clock()
        await keep().catch(() => {})
      }
      const end = /json/.test(type) ? await readWhole(exchange, response, start) : await readStream(response, start, show)
      if (!kept.streams) return await this.#lose(key, 'message' in end ? end.message : 'the answer 200 is empty', tell)
      await this.#insist(() => endCall(sql, key, tidy(end, exchange)))
    } finally {
      clearTimeout(timer)
      clearInterval(keeping)
    }
  }

  async #lose(key: AttemptKey, message: string, tell: (submitted: Submitted) => void): Promise<void> {
    await this.#insist(() => endCall(this.#parts.sql, key, { state: 'cut', message })).catch(() => {})
    tell({ outcome: 'unknown', message })
  }

  async #insist(write: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await write()
      } catch (error) {
        if (tries >= WRITES_MAX || this.#stopping.signal.aborted) throw error
        await new Promise((again) => setTimeout(again, WRITE_AGAIN_MS))
      }
    }
  }
}

/** An answer in one piece, which some give although a stream was asked for. */
async function readWhole(exchange: Exchange, response: Response, start: () => Promise<void>): Promise<End> {
  const { json } = await exchange.answerOf(response).catch(() => ({ json: undefined }))
  if (json === undefined) return { state: 'cut', message: 'the answer 200 is no completion, or was cut off' }
  if (!isCompletion(json)) return { state: 'cut', message: 'the answer 200 is no completion' }
  await start()
  const heard = hearJson(NOTHING_HEARD, json)
  if (!heard.ended && heard.text === '') return { state: 'cut', message: 'the answer 200 is no completion' }
  return endOf({ ...heard, ended: true }, null)
}

/** Server-sent events, to their end or to where they break off. */
async function readStream(response: Response, start: () => Promise<void>, show: (heard: Heard) => Promise<void>): Promise<End> {
  let heard = NOTHING_HEARD
  let broke_off: string | null = null
  let has_begun = false
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const piece of response.body ?? []) {
      if (!has_begun) await start()
      has_begun = true
      rest += decoder.decode(piece, { stream: true })
      if (rest.length > TEXT_MAX) break
      if (!piece.includes(NEWLINE)) continue
      const lines = rest.split(/\r?\n/)
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.startsWith('data:')) heard = hear(heard, line.slice('data:'.length))
      await show(heard)
      if (heard.error !== null || heard.text.length > TEXT_MAX) break
    }
  } catch (error) {
    broke_off = `the stream broke off: ${error instanceof Error ? error.message : String(error)}`
  }
  return endOf(heard, broke_off)
}

/** A server may quote a key back at us; and PostgreSQL stores no NUL. */
function tidy(end: End, exchange: Exchange): End {
  const clean = (text: string) => exchange.withoutSecrets(text).toWellFormed().replaceAll('\0', ' ')
  return end.state === 'done' ? { ...end, link: clean(end.link) } : { ...end, message: clean(end.message) }
}
