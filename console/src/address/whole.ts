/** A whole number as typed, in its bounds; null otherwise. */
export function whole(text: string, least: number, most: number): number | null {
  if (!/^\d{1,9}$/.test(text.trim())) return null
  const value = Number(text)
  return value >= least && value <= most ? value : null
}

/** Dollars as typed, `0.5` or `12`, at most six digits after the point; null otherwise. */
export function dollars(text: string): string | null {
  return /^\d{1,9}(\.\d{1,6})?$/.test(text.trim()) ? text.trim() : null
}
