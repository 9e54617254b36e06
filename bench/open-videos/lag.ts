// What a worker's /metrics say about its looks, between two instants.

/** How many looks of an account began at most so late, by seconds; the last is all of them. */
export type Lag = ReadonlyMap<number, number>

export function readLag(metrics: string, provider: string): Lag {
  const lines = metrics.matchAll(/^filmgate_poll_lag_seconds_bucket\{provider="([^"]+)",le="([^"]+)"\} (\d+)$/gm)
  const own = [...lines].filter(([, name]) => name === provider)
  return new Map(own.map(([, , most, count]) => [most === '+Inf' ? Number.POSITIVE_INFINITY : Number(most), Number(count)]))
}

export function since(before: Lag, after: Lag): Lag {
  return new Map([...after].map(([most, count]) => [most, count - (before.get(most) ?? 0)]))
}

/** Seconds, within its bucket in proportion; 1 for `share` is the upper bound of the last look. */
export function quantile(lag: Lag, share: number): number {
  const all = [...lag.values()].at(-1) ?? 0
  let [from, below] = [0, 0]
  for (const [most, count] of lag) {
    if (count > 0 && count >= share * all) {
      return share === 1 || !Number.isFinite(most) ? most : from + (most - from) * ((share * all - below) / Math.max(1, count - below))
    }
    ;[from, below] = [most, count]
  }
  return Number.NaN
}
