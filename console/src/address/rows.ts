/**
 * Rows in an address: the first row's fields by their names, the following ones' behind a number, as in
 * `?clips=50&seconds=8&2.clips=5&2.seconds=12`. What is as usual is left out.
 */
export function rowsOf<T extends Readonly<Record<keyof T, string>>>(query: URLSearchParams, usual: T, most: number): readonly T[] {
  const named = [...query.keys()].map((key) => Number(/^(\d{1,4})\.[a-z_]+$/.exec(key)?.[1] ?? 1))
  const rows = Math.min(Math.max(1, ...named), most)
  return Array.from({ length: rows }, (_, index) => {
    const row = { ...usual }
    for (const name in usual) Object.assign(row, { [name]: query.get(keyOf(index, name))?.trim() ?? usual[name] })
    return row
  })
}

/** The same rows as pairs of an address. A row that is wholly as usual still says its `first` field, or it would be lost. */
export function pairsOf<T extends Readonly<Record<keyof T, string>>>(
  rows: readonly T[],
  usual: T,
  first: keyof T & string,
): [string, string][] {
  return rows.flatMap((row, index) => {
    const pairs: [string, string][] = []
    for (const name in usual) if (name === first || row[name] !== usual[name]) pairs.push([keyOf(index, name), row[name]])
    return pairs
  })
}

function keyOf(index: number, name: string): string {
  return index === 0 ? name : `${index + 1}.${name}`
}
