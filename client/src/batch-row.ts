import { numberOr, type TableShape } from './table.ts'

// One order of a file, as a line of JSON or a row of a table, and the item of `POST /v1/batches` that it becomes.

/** Values are as they were written: what is wrong with one, the gateway says with its place. */
export interface BatchItem {
  readonly custom_id?: string
  readonly priority?: unknown
  readonly delay_s?: unknown
  readonly body: Readonly<Record<string, unknown>>
}

export type ReadItem =
  | { readonly outcome: 'item'; readonly item: BatchItem }
  | { readonly outcome: 'no_item'; readonly custom_id: string | null; readonly message: string }

/** An item of the wire format, one with a `body`, or a bare order. */
export function itemOf(value: unknown): ReadItem {
  if (!isObject(value)) return { outcome: 'no_item', custom_id: null, message: 'it is no order: it takes an object, like {"prompt": "…"}' }
  const { custom_id, method = 'POST', url = '/v1/videos', body, priority, delay_s, ...others } = value
  if (custom_id !== undefined && (typeof custom_id !== 'string' || custom_id === ''))
    return { outcome: 'no_item', custom_id: null, message: 'its custom_id takes a text' }
  const wrong = (message: string) => ({ outcome: 'no_item' as const, custom_id: custom_id ?? null, message })
  if (method !== 'POST' || url !== '/v1/videos')
    return wrong(`it asks for ${JSON.stringify(method)} ${JSON.stringify(url)}; a batch orders by POST /v1/videos`)
  const order = body ?? others
  if (!isObject(order)) return wrong('its body takes an object')
  const [stray] = body === undefined ? [] : Object.keys(others)
  // It would be an order that is not what its writer thought.
  if (stray !== undefined) return wrong(`it has ${JSON.stringify(stray)} beside its body; what is ordered belongs into the body`)
  const item = {
    ...(custom_id !== undefined && { custom_id }),
    ...(priority !== undefined && { priority }),
    ...(delay_s !== undefined && { delay_s }),
    body: order,
  }
  return { outcome: 'item', item }
}

/** A row without an id is called by its place among the rows, from 0. */
export function nameAt(place: number): string {
  return `row-${place + 1}`
}

const ITEM_COLUMNS = ['custom_id', 'priority', 'delay_s']
const BODY_COLUMNS = ['prompt', 'model', 'seconds', 'size', 'route', 'mapping', 'lane', 'complexity', 'max_credits']
/** Several names with spaces between. */
const LIST_COLUMNS = ['providers', 'regions']
const NUMBER_COLUMNS = ['priority', 'delay_s', 'max_credits']
/** The address of a first frame. */
const FRAME_COLUMN = 'image_url'
/** `metadata.scene` becomes `metadata: { scene }`. */
const METADATA = 'metadata.'

export const BATCH_TABLE: TableShape = {
  columns: [...ITEM_COLUMNS, ...BODY_COLUMNS, ...LIST_COLUMNS, FRAME_COLUMN],
  free: METADATA,
  needed: 'prompt',
}

/** The item that a row of such a table says. An empty cell says nothing. */
export function itemOfCells(cells: ReadonlyMap<string, string>): BatchItem {
  const body: Record<string, unknown> = {}
  const item: Record<string, unknown> = {}
  const metadata: Record<string, string> = {}
  for (const [name, cell] of cells) {
    if (name.startsWith(METADATA)) metadata[name.slice(METADATA.length)] = cell
    else if (ITEM_COLUMNS.includes(name)) item[name] = cellValue(name, cell)
    else if (LIST_COLUMNS.includes(name)) body[name] = cell.split(/\s+/)
    else if (name === FRAME_COLUMN) body.input_reference = { image_url: cell }
    else body[name] = cellValue(name, cell)
  }
  return { ...item, body: Object.keys(metadata).length > 0 ? { ...body, metadata } : body }
}

/** What is written in a cell of this column. */
export function cellValue(name: string, cell: string): string | number {
  return NUMBER_COLUMNS.includes(name) ? numberOr(cell) : cell
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
