import { clip, pad, plain, widthOf, wrap } from './width.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** May be cut down to so many columns when the terminal is narrow. Others never are: half an id or half a number is none. */
  readonly least?: number
  /** Left out, the last first, where it would not fit beside the others: what is said elsewhere too. */
  readonly spare?: true
}

const GAP = 2

/**
 * Rows under titles, within a width. Where even the cut columns do not fit side by side, every row becomes a block of `title  value` lines.
 * `paint` colours titles only, so that nothing is said by colour alone.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  paint: (title: string) => string = (title) => title,
): readonly string[] {
  const cells = rows.map((row) => columns.map((_, at) => plain(row[at] ?? '')))
  const spare = columns.findLastIndex((column) => column.spare)
  const natural = columns.map(({ title }, at) => Math.max(widthOf(title), ...cells.map((row) => widthOf(row[at] ?? ''))))
  const widths = fitted(columns, natural, width)
  if (widths === null && spare >= 0) {
    const kept = rows.map((row) => row.filter((_, at) => at !== spare))
    return table(
      columns.filter((_, at) => at !== spare),
      kept,
      width,
      paint,
    )
  }
  if (widths === null) return blocks(columns, cells, width, paint)
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => pad(clip(cell, widths[at] ?? 0), widths[at] ?? 0, columns[at]?.align))
      .join(' '.repeat(GAP))
      .trimEnd()
  return [paint(line(columns.map(({ title }) => title))), ...cells.map(line)]
}

/** The widths that fit, the widest cut first; null when none do. */
function fitted(columns: readonly Column[], natural: readonly number[], width: number): readonly number[] | null {
  const widths = [...natural]
  const total = () => widths.reduce((sum, one) => sum + one, GAP * (widths.length - 1))
  while (total() > width) {
    let widest = -1
    for (const [at, column] of columns.entries()) {
      const now = widths[at] ?? 0
      if (column.least !== undefined && now > Math.max(column.least, widthOf(column.title)) && now > (widths[widest] ?? 0)) widest = at
    }
    if (widest < 0) return null
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

function blocks(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  width: number,
  paint: (title: string) => string,
): readonly string[] {
  return cells.flatMap((row, index) => [
    ...(index === 0 ? [] : ['']),
    ...fields(
      columns.map(({ title }, at): readonly [string, string] => [title, row[at] ?? '']).filter(([, cell]) => cell !== ''),
      width,
      paint,
    ),
  ])
}

/** `title  value` lines, values in one column; a value that is too long goes on below itself. */
export function fields(
  pairs: readonly (readonly [title: string, value: string])[],
  width: number,
  paint: (title: string) => string = (title) => title,
): readonly string[] {
  const titles = Math.max(0, ...pairs.map(([title]) => widthOf(title)))
  const room = Math.max(8, width - titles - GAP)
  return pairs.flatMap(([title, value]) => {
    const shown = plain(value)
    // An id that would have to be broken gets a line of its own: only whole can it be copied.
    if (!shown.includes(' ') && widthOf(shown) > room) return [paint(title), ...wrap(shown, width)]
    return wrap(shown, room).map((line, at) =>
      `${at === 0 ? paint(pad(title, titles)) : ' '.repeat(titles)}${' '.repeat(GAP)}${line}`.trimEnd(),
    )
  })
}
