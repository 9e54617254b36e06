/**
 * The columns of a table of orders, and what each becomes in an item of `POST /v1/batches`. Pure and without a browser: whoever else
 * reads such tables (a command line, a script) reads the same columns by this file.
 */

/** An item as `POST /v1/batches` takes it. Values are as they were written: what is wrong with one, the server says with its line. */
export interface Item {
  readonly custom_id?: unknown
  readonly priority?: unknown
  readonly delay_s?: unknown
  readonly body: Readonly<Record<string, unknown>>
}

const ITEM_COLUMNS = ['custom_id', 'priority', 'delay_s'] as const
const BODY_COLUMNS = ['prompt', 'model', 'seconds', 'size', 'complexity', 'route', 'mapping', 'lane', 'max_credits'] as const
/** Several names with spaces between. */
const LIST_COLUMNS = ['providers', 'regions'] as const
/** The address of a first frame. */
const FRAME_COLUMN = 'image_url'
/** Written as numbers where they are ones. */
const NUMBERS: ReadonlySet<string> = new Set(['priority', 'delay_s', 'max_credits'])
/** More columns by a prefix: `metadata.scene` becomes `metadata: { scene }`. */
const METADATA = /^metadata\.(.{1,64})$/

export const COLUMNS: readonly string[] = [...ITEM_COLUMNS, ...BODY_COLUMNS, ...LIST_COLUMNS, FRAME_COLUMN]

export type HeaderTrouble =
  | { readonly kind: 'no_prompt' }
  | { readonly kind: 'unknown_column'; readonly column: string; readonly nearest: string | null }
  | { readonly kind: 'column_twice'; readonly column: string }

/** A header's names as they are compared: without the spaces and capitals of spreadsheets. */
export function namesOf(header: readonly string[]): readonly string[] {
  return header.map((cell) => {
    const name = cell.trim()
    return METADATA.test(name) ? name : name.toLowerCase().replaceAll(/[\s-]+/g, '_')
  })
}

/** A column that nobody reads would be an order that is not what its writer thought: it is refused, not ignored. */
export function troubleWith(names: readonly string[]): HeaderTrouble | null {
  for (const [at, column] of names.entries()) {
    if (!COLUMNS.includes(column) && !METADATA.test(column)) return { kind: 'unknown_column', column, nearest: nearestTo(column) }
    if (names.indexOf(column) !== at) return { kind: 'column_twice', column }
  }
  return names.includes('prompt') ? null : { kind: 'no_prompt' }
}

/** One row's item. An empty cell says nothing. */
export function itemOf(names: readonly string[], cells: readonly string[]): Item {
  const body: Record<string, unknown> = {}
  const item: Record<string, unknown> = {}
  const metadata: Record<string, string> = {}
  for (const [at, name] of names.entries()) {
    const cell = cells[at]?.trim() ?? ''
    if (cell === '') continue
    const key = METADATA.exec(name)?.[1]
    if (key !== undefined) metadata[key] = cell
    else if (ITEM_COLUMNS.some((own) => own === name)) item[name] = cellValue(name, cell)
    else if (LIST_COLUMNS.some((own) => own === name)) body[name] = cell.split(/\s+/)
    else if (name === FRAME_COLUMN) body.input_reference = { image_url: cell }
    else body[name] = cellValue(name, cell)
  }
  return { ...item, body: Object.keys(metadata).length > 0 ? { ...body, metadata } : body }
}

/** What is written in a cell of this column: a number where it is one, the text itself otherwise. */
export function cellValue(name: string, cell: string): string | number {
  return NUMBERS.has(name) && /^-?\d{1,15}(\.\d+)?$/.test(cell) ? Number(cell) : cell
}

/** The column that was probably meant; null where none is like it. */
function nearestTo(column: string): string | null {
  const [nearest] = COLUMNS.map((name) => ({ name, steps: stepsBetween(column, name) })).sort((a, b) => a.steps - b.steps)
  return nearest && nearest.steps <= Math.max(2, Math.floor(nearest.name.length / 3)) ? nearest.name : null
}

/** So many letters are to be changed, added or taken away. */
function stepsBetween(from: string, to: string): number {
  let before = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [row, letter] of [...from.slice(0, 40)].entries()) {
    const now = [row + 1]
    for (const [at, other] of [...to].entries()) {
      const change = (before[at] ?? 0) + (letter === other ? 0 : 1)
      now.push(Math.min(change, (before[at + 1] ?? 0) + 1, (now[at] ?? 0) + 1))
    }
    before = now
  }
  return before.at(-1) ?? 0
}
