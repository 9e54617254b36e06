import { setTimeout as delay } from 'node:timers/promises'
import { Cut, type Done, Refusal } from './answer.ts'
import { Book, type Job, type Standing } from './book.ts'
import { type Asked, type Called, type DeskOptions, type Emulator, openDesk, type Protocol } from './desk.ts'

export interface ChatEmulatorOptions extends DeskOptions {
  readonly clip: (job: Job, about: { readonly seconds: number; readonly size: string }) => Uint8Array | Promise<Uint8Array>
  readonly render_ms?: number
}

/** What is sold: a name says model, size and length; a call has a price. */
const SOLD: Readonly<Record<string, { readonly size: string; readonly seconds: number; readonly usd: number }>> = {
  sora_video2: { size: '720x1280', seconds: 10, usd: 0.12 },
  'sora_video2-landscape': { size: '1280x720', seconds: 10, usd: 0.12 },
  'sora_video2-15s': { size: '720x1280', seconds: 15, usd: 0.12 },
  'sora_video2-landscape-15s': { size: '1280x720', seconds: 15, usd: 0.12 },
  'sora-2-pro': { size: '720x1280', seconds: 10, usd: 0.8 },
}

const LOOK_MS = 10

/**
 * An aggregator that makes videos through `chat.completions`: one call, whose stream says in two languages how far it is and ends with a link. There is
 * no job to ask about. Beside the usual sentinels: `[[cut]]` breaks off at the half, `[[no_link]]` ends without a link, `[[error_text]]` with an error as
 * text, `[[whole]]` answers in one piece, `[[picture]]` links as a picture, `[[bare]]` without markdown, `[[gone_quiet]]` ends without saying so.
 */
export async function startChatEmulator({ clip, render_ms = 200, ...options }: ChatEmulatorOptions): Promise<Emulator> {
  const book = new Book(render_ms)
  const clock = options.clock ?? Date.now
  let stopped = false
  const speak = (origin: string): Protocol => {
    const linkOf = ({ id }: Job) => `${origin}/clips/${id}.mp4`
    return {
      read: ({ method, url, json }: Asked) => {
        if (method === 'POST' && url.pathname === '/v1/chat/completions')
          return { operation: 'submit', id: null, prompt: readOrder(json)?.prompt ?? null }
        const id = /^\/clips\/(\w+)\.mp4$/.exec(url.pathname)?.[1]
        return method === 'GET' && id !== undefined ? { operation: 'content', id, prompt: null } : null
      },
      keyOf({ headers }: Asked, { operation }: Called) {
        const given = headers.authorization?.replace(/^Bearer /, '') ?? ''
        if (operation !== 'content') return given
        if (given !== '') throw new Refusal(400, 'invalid_request_error', 'A link needs no key.')
        return null
      },
      async carryOut({ operation, id }: Called, { json }: Asked, now: number): Promise<Done> {
        if (operation === 'submit') return order(json, now)
        const job = id === null ? undefined : book.jobs.get(id)
        if (job === undefined || book.stands(job, now).state !== 'succeeded') throw new Refusal(404, 'not_found', 'There is no such clip.')
        return { status: 200, bytes: await clip(job, book.clipOf(job)), type: 'video/mp4' }
      },
      errors: (_status, code, message) => ({ error: { message, type: code, param: null, code } }),
      calls: null,
      usd: ({ model }) => SOLD[model]?.usd ?? 0,
    }

    async function order(json: unknown, now: number): Promise<Done> {
      const read = readOrder(json)
      if (read === null) throw new Refusal(400, 'invalid_request_error', 'messages: the last one must be of the user, and have text.')
      const { model, prompt, reference_bytes, streams } = read
      const sold = SOLD[model]
      if (sold === undefined || book.gone.has(model)) throw new Refusal(404, 'model_not_found', `The model ${model} does not exist.`)
      const { size, seconds } = sold
      const job = book.take({ prompt, model, seconds, size, reference_bytes, callback_url: null }, now)
      if (streams && !prompt.includes('[[whole]]')) return { status: 200, events: eventsOf(job) }
      while (isOpen(book.stands(job, clock())) && !stopped) await delay(LOOK_MS)
      const message = { role: 'assistant', content: `${lastWords(job, book.stands(job, clock()))}` }
      return { status: 200, json: { ...headOf(job), object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }] } }
    }

    async function* eventsOf(job: Job): AsyncGenerator<string> {
      const { prompt } = job.ordered
      const say = (content: string) =>
        eventOf({ ...headOf(job), object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: null }] })
      yield eventOf({
        ...headOf(job),
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta: { role: 'assistant' }, finish_reason: null }],
      })
      yield say('> 正在排队 Waiting in line\n')
      let shown = -1
      for (let stands = book.stands(job, clock()); isOpen(stands); stands = book.stands(job, clock())) {
        if (stopped || (prompt.includes('[[cut]]') && stands.percent >= 50)) throw new Cut()
        if (stands.percent !== shown) yield say(`> 生成进度 Progress: ${stands.percent}%\n`)
        shown = stands.percent
        await delay(LOOK_MS)
      }
      if (prompt.includes('[[cut]]')) throw new Cut()
      // In pieces that break the link, as it comes through relays.
      const words = lastWords(job, book.stands(job, clock()))
      for (let at = 0; at < words.length; at += 7) yield say(words.slice(at, at + 7))
      if (prompt.includes('[[gone_quiet]]')) return
      yield eventOf({ ...headOf(job), object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
      yield 'data: [DONE]\n\n'
    }

    function lastWords(job: Job, { state }: Standing): string {
      const { prompt } = job.ordered
      const link = linkOf(job)
      if (state === 'moderated') return '\n❌ 生成失败 Failed: 内容违规, this content violates our policies.\n'
      if (state !== 'succeeded') return '\n❌ 生成失败 Failed: the upstream could not make it.\n'
      if (prompt.includes('[[no_link]]')) return '\n✅ 完成 Done.\n'
      if (prompt.includes('[[error_text]]')) return '{"error": "upstream error: get_channel_failed"}'
      if (prompt.includes('[[picture]]')) return `\n![视频](${link})\n`
      if (prompt.includes('[[bare]]')) return `\n视频地址: ${link}`
      return `\n✅ 完成 Done. [▶️ 在线观看 Watch](https://player.invalid/watch?id=${job.id}) [⏬ 下载 Download](${link})\n`
    }
  }
  const desk = await openDesk(options, book, speak, '/v1')
  return {
    ...desk,
    async stop() {
      stopped = true
      await desk.stop()
    },
  }
}

function isOpen({ state }: Standing): boolean {
  return state === 'queued' || state === 'running'
}

function headOf(job: Job) {
  return { id: `chatcmpl-${job.id}`, created: Math.floor(job.created_at / 1000), model: job.ordered.model }
}

function eventOf(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

interface Read {
  readonly model: string
  readonly prompt: string
  readonly reference_bytes: number
  readonly streams: boolean
}

function readOrder(json: unknown): Read | null {
  const model = memberOf(json, 'model')
  const messages = memberOf(json, 'messages')
  const last: unknown = Array.isArray(messages) ? messages.findLast((message) => memberOf(message, 'role') === 'user') : undefined
  const content = memberOf(last, 'content')
  const parts: readonly unknown[] = typeof content === 'string' ? [{ text: content }] : Array.isArray(content) ? content : []
  const text = parts.flatMap((part) => memberOf(part, 'text') ?? []).join('\n')
  const picture = parts.map((part) => memberOf(memberOf(part, 'image_url'), 'url')).find((url) => typeof url === 'string')
  if (typeof model !== 'string' || text === '') return null
  return {
    model,
    prompt: text,
    reference_bytes: typeof picture === 'string' ? picture.length : 0,
    streams: memberOf(json, 'stream') === true,
  }
}

function memberOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
}
