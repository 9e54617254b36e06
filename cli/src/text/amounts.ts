/** How long, as people say it: the range that is expected. */
export function etaText({ low_s, high_s }: { readonly low_s: number; readonly high_s: number }): string {
  if (high_s < 60) return low_s === high_s ? `about ${high_s} s` : `about ${low_s} to ${high_s} s`
  const [low, high] = [Math.max(1, Math.round(low_s / 60)), Math.ceil(high_s / 60)]
  return low === high ? `about ${high} min` : `about ${low} to ${high} min`
}

export function lastedText(s: number): string {
  if (s < 60) return `${Math.max(0, Math.round(s))} s`
  if (s < 3_600) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`
  return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`
}

/** Thousands apart, as the console shows them. */
export function creditsText(credits: number): string {
  return `${credits.toLocaleString('en-US')} ${credits === 1 ? 'credit' : 'credits'}`
}

/** Unix seconds, to the second, in UTC: what is compared with a log must not depend on where the terminal stands. */
export function timeText(at: number | null | undefined): string {
  return at === null || at === undefined ? '' : new Date(at * 1_000).toISOString().replace('T', ' ').replace('.000Z', ' UTC')
}

export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
