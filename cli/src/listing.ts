import type { Flags } from './command.ts'
import type { Output } from './output.ts'
import type { Column } from './text/table.ts'

/** Flags of every command that lists. */
export const LIST_FLAGS = {
  limit: { short: 'n', takes: 'N', whole: [1, 1_000_000], says: 'So many at most; 20 unless given' },
  all: { says: 'All there are' },
  after: { takes: 'ID', says: 'Only what comes after this one' },
} as const satisfies Flags

export interface ListFlags {
  readonly limit: number | undefined
  readonly all: boolean
  readonly after: string | undefined
}

const LIMIT = 20
/** The API's longest page. */
const PAGE = 100

/** What to ask the API for: no more than is shown, and one more, which tells whether there are more. */
export function pageQuery({ limit, all, after }: ListFlags): { readonly limit: number; readonly after: string | undefined } {
  return { limit: all ? PAGE : Math.min(PAGE, (limit ?? LIMIT) + 1), after }
}

/** Prints a list as it comes: with `--jsonl` item by item, else whole. Says on stderr when there is more than was asked for. */
export async function printList<T>(
  out: Output,
  items: AsyncIterable<T>,
  flags: ListFlags,
  columns: readonly Column[],
  row: (item: T) => readonly string[],
  empty: string,
): Promise<void> {
  const most = flags.all ? Number.POSITIVE_INFINITY : (flags.limit ?? LIMIT)
  const kept: T[] = []
  let seen = 0
  let more = false
  for await (const item of items) {
    if (seen === most) {
      more = true
      break
    }
    seen += 1
    if (out.format === 'jsonl') out.item(item)
    else kept.push(item)
  }
  if (out.format !== 'jsonl') out.list(kept, columns, row, empty)
  if (more && out.format === 'text') out.note(`There are more than these ${seen}: --limit N, or --all.`, out.paint_notes.dim)
}
