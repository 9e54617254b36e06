import { createHmac, randomUUID } from 'node:crypto'
import { type Done, Refusal } from '../answer.ts'
import type { Book, Job, Standing } from '../book.ts'
import type { Asked, Protocol } from '../desk.ts'
import type { GoogleEmulatorOptions } from '../google.ts'
import { googleErrors } from './errors.ts'
import { at, oneOf, sizeOf, textAt } from './read.ts'

const MODELS = ['gemini-omni-1.1-flash', 'gemini-omni-1.2-flash']
const SECONDS = Array.from({ length: 13 }, (_, more) => `${more + 3}s`)
const INTERACTION = /^\/v1\/interactions\/([^/]+)(\/cancel)?$/
const FILE = /^\/v1\/files\/([^/:]+):download$/

/** Ends that a prompt may ask for beside failure: `[[incomplete]]`, `[[budget_exceeded]]`, `[[requires_action]]`, `[[words_only]]`. */
const OTHER_ENDS = ['incomplete', 'budget_exceeded', 'requires_action'] as const

/** Omni: an interaction in the background, whose steps hold what was thought, said and made. */
export function interactionsProtocol(
  book: Book,
  origin: string,
  expect: (job: Job) => void,
  { clip, inline = false, files_at = origin, callback_secret }: GoogleEmulatorOptions,
): Protocol {
  function order({ json }: Asked, now: number): Done {
    const model = textAt(json, 'model') ?? ''
    if (!MODELS.includes(model) || book.gone.has(model)) throw new Refusal(404, 'model_not_found', '')
    const format = at(json, 'response_format')
    if (at(json, 'background') !== true) throw new Refusal(400, 'invalid_value', 'Videos are made in the background only.')
    oneOf(at(format, 'type'), ['video'], 'response_format.type')
    const resolution = oneOf(at(format, 'resolution') ?? '720p', ['360p', '720p', '1080p', '4k'], 'response_format.resolution')
    const ratio = oneOf(at(format, 'aspect_ratio') ?? '16:9', ['16:9', '9:16'], 'response_format.aspect_ratio')
    const duration = oneOf(at(format, 'duration') ?? '5s', SECONDS, 'response_format.duration')
    const image = imageIn(json)
    const task = image === null ? 'text_to_video' : 'image_to_video'
    oneOf(at(json, 'generation_config', 'video_config', 'task') ?? task, [task], 'generation_config.video_config.task')
    const job = book.take(
      {
        prompt: promptIn(json),
        model,
        seconds: Number.parseInt(duration, 10),
        size: sizeOf(resolution, ratio),
        reference_bytes: image === null ? 0 : Buffer.from(image, 'base64').byteLength,
        callback_url: textAt(json, 'webhook_config', 'uris', 0),
        more: {
          input: at(json, 'input'),
          labels: at(json, 'labels') ?? {},
          metadata: at(json, 'webhook_config', 'user_metadata') ?? {},
          delivery: oneOf(at(format, 'delivery') ?? 'inline', ['inline', 'uri'], 'response_format.delivery'),
          response_format: format,
        },
      },
      now,
      `v1_${randomUUID()}`,
    )
    expect(job)
    return { status: 200, json: head(job, 'queued') }
  }

  function head({ id, ordered, created_at }: Job, status: string) {
    const created = new Date(created_at).toISOString()
    const { labels, response_format } = ordered.more ?? {}
    return { id, object: 'interaction', model: ordered.model, status, created, updated: created, labels, response_format }
  }

  async function show(job: Job, { state }: Standing, with_input: boolean): Promise<Done> {
    const { ordered } = job
    const input = with_input ? { input: ordered.more?.input } : {}
    const answer = (status: string, more: object = {}): Done => ({ status: 200, json: { ...head(job, status), ...input, ...more } })
    switch (state) {
      case 'queued':
        return answer('queued')
      case 'running':
        return answer('in_progress')
      case 'cancelled':
        return answer('cancelled')
      case 'failed':
        return answer('failed', { errors: [{ code: 'internal', message: `Internal error of ${job.id}.` }] })
      case 'moderated': {
        const error = { code: 3, message: 'The output was blocked by our safety filters. Support codes: 17301594' }
        return answer('failed', { steps: [{ type: 'model_output', error }] })
      }
      case 'succeeded': {
        const other = OTHER_ENDS.find((end) => ordered.prompt.includes(`[[${end}]]`))
        if (other !== undefined) return answer(other)
        const said = [
          { type: 'thought', signature: 'c2lnbmF0dXJl' },
          { type: 'model_output', content: [{ type: 'text', text: 'Here is your clip: "a boat" \\ done.' }] },
        ]
        if (ordered.prompt.includes('[[words_only]]')) return answer('completed', { steps: said })
        const is_inline = inline || ordered.more?.delivery === 'inline'
        const video = is_inline
          ? { data: Buffer.from(await clip(book.clipOf(job))).toString('base64'), mime_type: 'video/mp4', type: 'video' }
          : { uri: `${files_at}/v1/files/${job.id}:download?alt=media`, mime_type: 'video/mp4', type: 'video' }
        return answer('completed', {
          steps: [...said, { type: 'model_output', content: [video] }],
          usage: { total_output_tokens: ordered.seconds * 5_792 },
        })
      }
    }
  }

  return {
    read({ method, url, json }) {
      const path = decodeURIComponent(url.pathname)
      if (method === 'POST' && path === '/v1/interactions') return { operation: 'submit', id: null, prompt: promptIn(json) }
      const [, id, cancel] = INTERACTION.exec(path) ?? []
      if (id !== undefined && method === 'POST' && cancel !== undefined) return { operation: 'delete', id, prompt: null }
      if (id !== undefined && method === 'GET' && cancel === undefined) return { operation: 'retrieve', id, prompt: null }
      const [, file] = FILE.exec(path) ?? []
      return file !== undefined && method === 'GET' ? { operation: 'content', id: file, prompt: null } : null
    },
    keyOf: ({ headers }) => String(headers['x-goog-api-key'] ?? ''),
    async carryOut({ operation, id }, asked, now) {
      if (operation === 'submit') return order(asked, now)
      const job = book.jobs.get(id ?? '')
      if (job === undefined) throw new Refusal(404, 'not_found', `Interaction ${id} was not found.`)
      if (operation === 'content') return { status: 200, bytes: await clip(book.clipOf(job)), type: 'video/mp4' }
      if (operation === 'delete') {
        if (!book.cancel(job, now)) throw new Refusal(400, 'invalid_value', 'The interaction is not running.')
        return { status: 200, json: head(job, 'cancelled') }
      }
      const stands = book.read(job, now)
      if (stands === null) throw new Refusal(500, 'server_error', 'Internal error encountered.')
      return show(job, stands, asked.url.searchParams.get('include_input') === 'true')
    },
    errors: googleErrors,
    calls: {
      body: ({ id, ordered }, { state }) => ({
        type: state === 'succeeded' ? 'interaction.completed' : 'interaction.failed',
        version: 'v1',
        data: { id, user_metadata: ordered.more?.metadata },
      }),
      sign(body, _job, at) {
        const [id, timestamp] = [`msg_${randomUUID()}`, String(Math.floor(at / 1000))]
        const key = Buffer.from((callback_secret ?? '').replace(/^whsec_/, ''), 'base64')
        const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
        return {
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          ...(callback_secret !== undefined && { 'webhook-signature': `v1,${signature}` }),
        }
      },
    },
    usd: ({ size, seconds }) => seconds * (size.includes('1080') ? 0.105 : 0.07),
  }
}

/** A text, contents, or steps of them. */
function contentsIn(json: unknown): readonly unknown[] {
  const input = at(json, 'input')
  const all = Array.isArray(input) ? input : [input]
  return all.flatMap((one) => (textAt(one, 'type') === 'user_input' ? [at(one, 'content')].flat() : [one]))
}

function promptIn(json: unknown): string {
  return contentsIn(json)
    .map((one) => (typeof one === 'string' ? one : (textAt(one, 'text') ?? '')))
    .join('')
}

function imageIn(json: unknown): string | null {
  const image = contentsIn(json).find((one) => textAt(one, 'type') === 'image')
  return image === undefined ? null : textAt(image, 'data')
}
