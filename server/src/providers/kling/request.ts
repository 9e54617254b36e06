import { createHmac } from 'node:crypto'
import type { Instant } from '../../domain/time.ts'
import { postOf } from '../exchange.ts'
import type { AttemptKey, ProviderOrder, ProviderRef } from '../provider.ts'
import { type Unsayable, unsayable, type Written } from '../submit-once.ts'

/** Jobs of different kinds stand under different paths. */
export type Kind = 'text2video' | 'image2video'

/** Public names, what Kling calls them, and whether they make sound. */
const MODELS: Readonly<Record<string, { readonly name: string; readonly sound: boolean }>> = {
  'kling-v3': { name: 'kling-v3', sound: true },
  'kling-2.5-turbo': { name: 'kling-v2-5-turbo', sound: false },
}

/** An id, or a key, goes into a path. */
const ID = /^[\w-]{1,200}$/

const TOKEN_LASTS_S = 1_800
/** Kling's clock may be behind ours. */
const TOKEN_EARLIER_S = 5

/** Our key goes along as the task's own name: by it a lost order is found again. */
export async function writeOrder(
  { order, provider_model, reference, callback_url }: ProviderOrder,
  key: AttemptKey,
): Promise<Written | Unsayable> {
  if (order.operation !== 'create') return unsayable(`This provider cannot ${order.operation}.`)
  const { width, height } = order.size
  const { name, sound } = MODELS[provider_model] ?? { name: provider_model, sound: false }
  const picture = reference === null ? null : await reference()
  const body = {
    model_name: name,
    prompt: order.prompt,
    duration: String(order.seconds),
    mode: Math.min(width, height) > 720 ? 'pro' : 'std',
    ...(sound ? { sound: 'on' } : {}),
    // A picture brings its own ratio, and goes as bare base64.
    ...(picture === null ? { aspect_ratio: width > height ? '16:9' : '9:16' } : { image: Buffer.from(picture).toString('base64') }),
    external_task_id: key,
    ...(callback_url === null ? {} : { callback_url }),
  }
  return { outcome: 'written', path: `/videos/${picture === null ? 'text2video' : 'image2video'}`, request: postOf(body) }
}

export function kindOf({ reference }: Pick<ProviderOrder, 'reference'>): Kind {
  return reference === null ? 'text2video' : 'image2video'
}

export function refTo(id: string, kind: Kind): ProviderRef {
  return { id, kind }
}

/** Where a task is read, by its id or by the name that we gave it; null for what can be neither. */
export function pathOf(id: string, kind: unknown): string | null {
  return ID.test(id) ? `/videos/${kind === 'image2video' ? 'image2video' : 'text2video'}/${id}` : null
}

/** A token as Kling wants it of those who have a pair of keys instead of one: a JWT that lasts half an hour. */
export function mintToken(access_key: string, secret_key: string, now: Instant): string {
  const seconds = Math.floor(now / 1000)
  const parts = [
    { alg: 'HS256', typ: 'JWT' },
    { iss: access_key, exp: seconds + TOKEN_LASTS_S, nbf: seconds - TOKEN_EARLIER_S },
  ]
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${createHmac('sha256', secret_key).update(signed).digest('base64url')}`
}
