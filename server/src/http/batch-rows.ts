import { setImmediate as soon } from 'node:timers/promises'
import { z } from 'zod'
import { ITEMS_MAX, type ItemWish, type NewItem, type RowError } from '../batches/item.ts'
import { Problem, problem } from '../domain/problems.ts'
import { read } from './issues.ts'
import { linesOf, parseLine } from './jsonl.ts'
import { create_body, type defaultsOf, policyOf } from './order.ts'
import { terms } from './take.ts'

// Rows of a batch, as they are sent: each is a create of its own, and read by its schema. What a create would ignore is an error here: of
// thousands of rows with a field misspelt nobody would see it before they are paid for.

const LONGEST_ID = 255
const LONGEST_DELAY_S = 86_400
const PRIORITY_MOST = 1_000_000
const ROWS_AT_ONCE = 250

export const delay_field = z.number().min(0).max(LONGEST_DELAY_S).meta({ description: 'Seconds.' })

export function delayMs(delay_s: number | undefined): number | undefined {
  return delay_s === undefined ? undefined : Math.round(delay_s * 1000)
}

const row_fields = {
  custom_id: z.string().min(1).max(LONGEST_ID).meta({ description: 'Your name of this row; each has one of its own.' }),
  priority: z.int().min(-PRIORITY_MOST).max(PRIORITY_MOST).default(0).meta({ description: 'Higher comes first; equals in their order.' }),
  delay_s: delay_field
    .optional()
    .meta({ description: 'So long after the one before it, it is begun at the soonest; `delay_s` of the batch unless given.' }),
  body: create_body.extend(terms).strict(),
}
export const batch_item = z.strictObject({ ...row_fields, method: z.literal('POST').optional(), url: z.literal('/v1/videos').optional() })
const batch_line = batch_item.extend({ method: z.literal('POST'), url: z.literal('/v1/videos') })

export interface ReadRows {
  readonly items: readonly NewItem[]
  readonly wrong: readonly RowError[]
  /** Of all rows, wrong ones too. */
  readonly total: number
}

type Usual = ReturnType<typeof defaultsOf>

/** Rows of a JSON document. @throws Problem for more than a batch may have */
export async function readItems(values: readonly unknown[], usual: Usual): Promise<ReadRows> {
  return readRows(
    values.map((value, at) => ({ line: at + 1, value: () => value })),
    batch_item,
    usual,
  )
}

/** Rows of a file of lines. @throws Problem for one that has none, or more than a batch may have */
export async function readLines(bytes: Uint8Array, usual: Usual, param: string | null): Promise<ReadRows> {
  const rows: { line: number; value: () => unknown }[] = []
  for (const { line, bytes: one } of linesOf(bytes)) {
    if (rows.length === ITEMS_MAX) {
      throw problem('invalid_value', `A batch has at most ${ITEMS_MAX.toLocaleString('en')} rows; this one has more.`, { param })
    }
    rows.push({ line, value: () => parseLine(one) })
  }
  if (rows.length === 0) throw problem('invalid_value', 'There is no row in it: each line is one order, as a JSON object.', { param })
  return readRows(rows, batch_line, usual)
}

async function readRows(
  rows: readonly { readonly line: number; readonly value: () => unknown }[],
  schema: typeof batch_item | typeof batch_line,
  usual: Usual,
): Promise<ReadRows> {
  const items: NewItem[] = []
  const wrong: RowError[] = []
  for (const [at, { line, value }] of rows.entries()) {
    if (at % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await soon()
    let said: unknown = null
    try {
      said = value()
      items.push(itemOf(read(schema, said, 'json'), usual, line))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const { code, param, message } = error
      wrong.push({ line, custom_id: nameOf(said), param, code, message: message.replace(/^The request body /, 'The row ') })
    }
  }
  return { items, wrong, total: rows.length }
}

function nameOf(row: unknown): string | null {
  if (typeof row !== 'object' || row === null || !('custom_id' in row)) return null
  // Cut in the middle of a character it could not be kept.
  return typeof row.custom_id === 'string' ? row.custom_id.slice(0, LONGEST_ID).toWellFormed() : null
}

function itemOf({ custom_id, priority, delay_s, body }: z.output<typeof batch_item>, usual: Usual, line: number): NewItem {
  if (body.quote !== undefined) {
    throw problem('invalid_value', '`body.quote` has no place in a batch, which is priced as a whole; leave it out.', {
      param: 'body.quote',
    })
  }
  if (body.on_insufficient === 'park') {
    const says =
      '`body.on_insufficient` has no place in a batch: what happens without credits is said once, by `on_insufficient` of the batch.'
    throw problem('invalid_value', says, { param: 'body.on_insufficient' })
  }
  return { custom_id, priority, delay_ms: delayMs(delay_s) ?? null, wish: wishOf(body, usual), line }
}

type Create = Omit<z.output<typeof batch_item>['body'], 'quote' | 'on_insufficient'>

/** A create as it is kept for later, with its defaults filled in. @throws Problem for a picture that is neither a link nor text */
export function wishOf(body: Create, usual: Usual): ItemWish {
  const { model = usual.model, size = usual.size, prompt, seconds, complexity, lane, metadata, max_credits } = body
  return {
    model,
    prompt,
    seconds,
    size: { width: size.width, height: size.height },
    complexity,
    policy: policyOf(body),
    lane,
    characters: (body.characters ?? []).map(({ id }) => id),
    reference: referenceOf(body.input_reference),
    metadata: { ...metadata },
    max_credits: max_credits === undefined ? null : Number(max_credits),
  }
}

function referenceOf(given: z.output<typeof create_body>['input_reference']) {
  if (given === undefined) return null
  if (!('image_url' in given) || given.image_url === undefined) {
    throw problem('invalid_value', '`body.input_reference` must have an image_url: a link, or the image itself as a data: URL.', {
      param: 'body.input_reference',
    })
  }
  return { image_url: given.image_url }
}
