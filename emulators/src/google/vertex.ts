import { randomUUID } from 'node:crypto'
import { type Done, Refusal } from '../answer.ts'
import type { Book, Job } from '../book.ts'
import type { Asked, Called, Protocol } from '../desk.ts'
import type { GoogleEmulatorOptions } from '../google.ts'
import { BLOCKED_PROMPT, googleErrors } from './errors.ts'
import { at, oneOf, sizeOf, textAt } from './read.ts'

/** With a project and a place, or, for a key alone, without. */
const CALL =
  /^\/v1beta1\/((?:projects\/([^/]+)\/locations\/([^/]+)\/)?publishers\/google\/models\/([^/:]+)):(predictLongRunning|fetchPredictOperation)$/
const MODELS = ['veo-3.1-generate-001', 'veo-3.1-fast-generate-001', 'veo-3.1-lite-generate-001']

/** Veo: an operation is made, and read by a POST that names it; the clip is in the operation. */
export function vertexProtocol(book: Book, { clip }: GoogleEmulatorOptions): Protocol {
  function order(asked: Asked, model: string, resource: string, now: number): Done {
    if (!MODELS.includes(model) || book.gone.has(model)) throw new Refusal(404, 'model_not_found', '')
    const [instance, parameters] = [at(asked.json, 'instances', 0), at(asked.json, 'parameters')]
    const prompt = textAt(instance, 'prompt')
    const image = textAt(instance, 'image', 'bytesBase64Encoded')
    if (prompt === null) throw new Refusal(400, 'invalid_value', 'Prompt is required.')
    if (image !== null && textAt(instance, 'image', 'mimeType') === null) throw new Refusal(400, 'invalid_value', 'Image needs a mimeType.')
    const seconds = oneOf(at(parameters, 'durationSeconds') ?? 8, [4, 6, 8], 'durationSeconds')
    const ratio = oneOf(at(parameters, 'aspectRatio') ?? '16:9', ['16:9', '9:16'], 'aspectRatio')
    const resolution = oneOf(at(parameters, 'resolution') ?? '720p', ['720p', '1080p', '4k'], 'resolution')
    oneOf(at(parameters, 'sampleCount') ?? 1, [1], 'sampleCount')
    const place = resource.startsWith('projects/') ? resource : `projects/424242/locations/us-central1/${resource}`
    const id = `${place}/operations/${randomUUID()}`
    const reference_bytes = image === null ? 0 : Buffer.from(image, 'base64').byteLength
    const more = { audio: at(parameters, 'generateAudio') ?? true, storage: at(parameters, 'storageUri') ?? null }
    book.take({ prompt, model, seconds, size: sizeOf(resolution, ratio), reference_bytes, callback_url: null, more }, now, id)
    return { status: 200, json: { name: id } }
  }

  async function show(job: Job, now: number): Promise<Done> {
    const stands = book.read(job, now)
    if (stands === null) throw new Refusal(500, 'server_error', 'Internal error encountered.')
    const { id: name } = job
    switch (stands.state) {
      case 'queued':
      case 'running':
        return { status: 200, json: { name } }
      case 'cancelled':
        return { status: 200, json: { name, done: true, error: { code: 1, message: 'The operation was cancelled.' } } }
      case 'failed':
        return { status: 200, json: { name, done: true, error: { code: 13, message: `Internal error in ${name}. Please try again.` } } }
      case 'moderated': {
        const response = { '@type': 'type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse' }
        // Of a prompt it says so as an error, of a clip by leaving it out.
        if (job.ordered.prompt.includes('[[words]]'))
          return { status: 200, json: { name, done: true, error: { code: 3, message: BLOCKED_PROMPT } } }
        const raiMediaFilteredReasons = ['1 videos were filtered out because they violated usage guidelines. Support codes: 15236754']
        return { status: 200, json: { name, done: true, response: { ...response, raiMediaFilteredCount: 1, raiMediaFilteredReasons } } }
      }
      case 'succeeded': {
        const bytes = await clip(book.clipOf(job))
        const video = job.ordered.prompt.includes('[[bucket]]')
          ? { gcsUri: 'gs://a-bucket/sample_0.mp4', mimeType: 'video/mp4' }
          : { bytesBase64Encoded: Buffer.from(bytes).toString('base64'), mimeType: 'video/mp4' }
        return { status: 200, json: { name, done: true, response: { raiMediaFilteredCount: 0, videos: [video] } } }
      }
    }
  }

  return {
    read({ method, url, json }) {
      const [, , , , , call] = CALL.exec(decodeURIComponent(url.pathname)) ?? []
      if (method !== 'POST' || call === undefined) return null
      if (call === 'predictLongRunning') return { operation: 'submit', id: null, prompt: textAt(json, 'instances', 0, 'prompt') }
      return { operation: 'retrieve', id: textAt(json, 'operationName'), prompt: null }
    },
    keyOf: ({ headers }) => String(headers['x-goog-api-key'] ?? ''),
    carryOut({ operation, id }: Called, asked, now) {
      const [, resource = '', , , model = ''] = CALL.exec(decodeURIComponent(asked.url.pathname)) ?? []
      if (operation === 'submit') return order(asked, model, resource, now)
      const job = book.jobs.get(id ?? '')
      if (job === undefined || !job.id.startsWith(`${resource}/`)) throw new Refusal(404, 'not_found', `Operation ${id} was not found.`)
      return show(job, now)
    },
    errors: googleErrors,
    calls: null,
    usd: ({ model, seconds }) => seconds * (model.includes('lite') ? 0.05 : model.includes('fast') ? 0.1 : 0.4),
  }
}
