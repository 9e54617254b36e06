/** The known word that a mistyped one most likely meant; null when none is close. */
export function nearest(typed: string, known: readonly string[]): string | null {
  const by_beginning = known.filter((word) => typed.length >= 3 && word.startsWith(typed))
  if (by_beginning.length === 1 && by_beginning[0] !== undefined) return by_beginning[0]
  let best: { word: string; distance: number } | null = null
  for (const word of known) {
    const distance = editDistance(typed, word)
    if (best === null || distance < best.distance) best = { word, distance }
  }
  // A third of the word may be wrong: more is another word.
  return best !== null && best.distance <= Math.max(1, Math.floor(Math.max(typed.length, best.word.length) / 3)) ? best.word : null
}

/** Insertions, deletions, replacements and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, at(i - 2, j - 2) + 1)
      row.push(least)
    }
  }
  return at(a.length, b.length)
}
