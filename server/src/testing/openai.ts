import type { Fault } from '../../../emulators/src/openai.ts'
import type { OpenaiProfile } from '../domain/catalogue/openai.ts'
import type { Operation } from '../domain/order.ts'
import { ApiKey } from '../domain/provider-account.ts'
import { OpenaiCompatible } from '../providers/openai/adapter.ts'
import type { ProviderOrder, ProviderRef, ProviderSource } from '../providers/provider.ts'
import { tinyMp4 } from './tiny-mp4.ts'

export const KEY = 'sk-test-0123456789'
const SIZE = { width: 1280, height: 720 }
/** Four seconds. */
export const UPLOAD = tinyMp4(4, SIZE)

/** How long an answer is waited for where one of these faults is met: as long as it takes, but for one that never comes. */
export const patience = (fault: unknown = null): number => (typeof fault === 'string' && fault.startsWith('hang') ? 1_000 : 120_000)

/** The adapter for an account at this address. */
export function adapter(base_url: string, profile: OpenaiProfile = 'openai', request_timeout_ms = patience()): OpenaiCompatible {
  const api_key = new ApiKey(KEY)
  const account = {
    name: 'studio-a',
    adapter: 'openai',
    profile,
    base_url,
    api_key,
    trusted_hosts: [],
    open_limit: null,
    callback_field: null,
  } as const
  return new OpenaiCompatible(account, { clock: Date.now, request_timeout_ms })
}

export function order(prompt = 'a boat', more: Partial<ProviderOrder> = {}, operation: Operation = 'create'): ProviderOrder {
  const { reference = null, source = null, characters = [], callback_url = null } = more
  return {
    order: {
      operation,
      model: 'sora-2',
      prompt,
      seconds: 4,
      size: SIZE,
      has_reference: reference !== null,
      source: source === null ? null : { video: null, seconds: source.seconds, provider: null },
      complexity: 'standard',
    },
    provider_model: 'sora-2',
    reference,
    source,
    characters,
    callback_url,
  }
}

/** A clip that orders begin from, which knows how often it was opened and whether it was let go of each time. */
export class Source implements ProviderSource {
  readonly ref: ProviderRef | null
  readonly seconds = 4
  readonly bytes = UPLOAD.byteLength
  opened = 0
  #let_go = 0

  constructor(ref: ProviderRef | null) {
    this.ref = ref
  }

  get is_held(): boolean {
    return this.#let_go < this.opened
  }

  readonly open = async () => {
    this.opened += 1
    const halves = [UPLOAD.subarray(0, 50), UPLOAD.subarray(50)]
    return new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const half = halves.shift()
        if (half !== undefined) return controller.enqueue(half)
        controller.close()
        this.#let_go += 1
      },
      cancel: () => {
        this.#let_go += 1
      },
    })
  }
}

/** Every way of asking for a video: by operation, and by how the clip that it begins from is given. */
export const WAYS: readonly { readonly operation: Operation; readonly by: 'nothing' | 'id' | 'upload' }[] = [
  { operation: 'create', by: 'nothing' },
  { operation: 'remix', by: 'id' },
  { operation: 'edit', by: 'id' },
  { operation: 'edit', by: 'upload' },
  { operation: 'extend', by: 'id' },
  { operation: 'extend', by: 'upload' },
]

/** How the answer to an order may go wrong, what the adapter must make of it, and how many orders were taken. */
export const SUBMIT_FAULTS: readonly (readonly [string, Fault, object, number])[] = [
  ['a reply lost before it was taken', 'drop_before', { outcome: 'unknown' }, 0],
  ['a reply lost after it was taken', 'drop_after', { outcome: 'unknown' }, 1],
  ['silence before it was taken', 'hang_before', { outcome: 'unknown' }, 0],
  ['silence after it was taken', 'hang_after', { outcome: 'unknown' }, 1],
  ['a connection that is cut while it is sent', 'cut_upload', { outcome: 'unknown' }, 0],
  ['a body that ends half-way', 'truncated', { outcome: 'unknown' }, 1],
  ['a page with status 200', 'html', { outcome: 'unknown' }, 0],
  ['a page with status 502', 'html_502', { outcome: 'unknown' }, 0],
  ['a page with status 503', 'html_503', { outcome: 'unknown' }, 0],
  ['a 200 that names no job', 'empty', { outcome: 'unknown' }, 1],
  ['429 without Retry-After', 429, { outcome: 'throttled', retry_after_ms: null }, 0],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '7' } }, { outcome: 'throttled', retry_after_ms: 7_000 }, 0],
  ['429 with retry-after-ms', { status: 429, headers: { 'retry-after-ms': '50', 'retry-after': '7' } }, { retry_after_ms: 50 }, 0],
  ['503 in its own shape', { status: 503, headers: { 'retry-after': '1' } }, { outcome: 'throttled', retry_after_ms: 1_000 }, 0],
  ['400', { status: 400, message: 'No boats.' }, { outcome: 'rejected', reason: 'provider_rejected', message: 'No boats.' }, 0],
  ['400 for moderation', { status: 400, code: 'moderation_blocked' }, { outcome: 'rejected', reason: 'moderation_blocked' }, 0],
  [
    '401',
    { status: 401, message: `Bad key ${KEY}` },
    { outcome: 'rejected', trouble: 'key', message: 'The provider refused the order.' },
    0,
  ],
  [
    '404: the model is gone',
    { status: 404, code: 'model_not_found' },
    { outcome: 'rejected', message: 'The provider refused the order.' },
    0,
  ],
  ['421, which fetch would repeat by itself', { status: 421 }, { outcome: 'rejected' }, 0],
  ['500 after it was taken', { status: 500, after: true }, { outcome: 'unknown' }, 1],
  ...[301, 307, 408, 500, 502, 504, 520, 524].map((status) => [`${status}`, status, { outcome: 'unknown' }, 0] as const),
]
