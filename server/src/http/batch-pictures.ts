import type { NewItem, RowError } from '../batches/item.ts'
import { formatSize } from '../domain/order.ts'
import { Problem, problem } from '../domain/problems.ts'
import type { GuardedClient } from '../net/guarded.ts'
import type { ReadRows } from './batch-rows.ts'
import { bringReference } from './reference.ts'

/**
 * Looks at the first frames of rows: one that came with its row is decoded now, as for an order of its own; a link must be one, and is followed when its turn
 * comes. One that several rows have is looked at once.
 */
export async function checkPictures(guarded: GuardedClient, { items, wrong, total }: ReadRows): Promise<ReadRows> {
  const seen = new Map<string, Problem | null>()
  const good: NewItem[] = []
  const bad: RowError[] = []
  for (const item of items) {
    const { reference, size } = item.wish
    const key = reference === null ? '' : `${formatSize(size)} ${reference.image_url}`
    if (!seen.has(key)) seen.set(key, await refusalOf(guarded, item))
    const refusal = seen.get(key) ?? null
    if (refusal === null) good.push(item)
    else
      bad.push({ line: item.line, custom_id: item.custom_id, param: `body.${refusal.param}`, code: refusal.code, message: refusal.message })
  }
  return { items: good, wrong: [...wrong, ...bad], total }
}

async function refusalOf(guarded: GuardedClient, { wish: { reference, size } }: NewItem): Promise<Problem | null> {
  if (reference?.image_url === undefined) return null
  const param = 'input_reference.image_url'
  if (!/^data:/i.test(reference.image_url)) {
    const protocol = URL.canParse(reference.image_url) ? new URL(reference.image_url).protocol : null
    if (protocol === 'https:' || protocol === 'http:') return null
    return problem('invalid_value', `\`${param}\` must be an http or https link, or the image itself as a data: URL.`, { param })
  }
  try {
    await bringReference(guarded, reference, size, 'json')
    return null
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}
