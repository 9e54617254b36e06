import { retryRate } from '../domain/retries.ts'
import { countUnknown, takeUnknownToAlert } from './attempt-queries.ts'
import { selectBreakers } from './breaker-queries.ts'
import { sumLosses } from './loss-queries.ts'
import type { Parts } from './parts.ts'
import { countOpen } from './queries.ts'
import { selectRetries } from './retry-queries.ts'

/** A look-up that can decide has decided by now; what is still unknown waits for a person. */
export const UNKNOWN_ALERT_MS = 15 * 60_000
const DAY_MS = 86_400_000

/** Tells the operator of each attempt that has been unknown for long, once. */
export async function alertUnknown(parts: Parts): Promise<void> {
  const now = parts.clock()
  for (const { id, video, provider, unknown_ms } of await takeUnknownToAlert(parts.pool, parts.engine, now - UNKNOWN_ALERT_MS, now)) {
    parts.log.warn('nobody knows whether a provider took an order: POST /v1/attempts/{id}/resolve ends it', {
      attempt: id,
      video,
      provider,
      unknown_s: Math.floor((now - unknown_ms) / 1000),
    })
  }
}

/** Prometheus lines about videos, their attempts and what we lose by them. */
export async function videoMetrics(parts: Parts): Promise<string> {
  const now = parts.clock()
  const [{ open, due, overdue_ms }, unknown, losses, breakers, retries] = await Promise.all([
    countOpen(parts.pool, now),
    countUnknown(parts.pool),
    sumLosses(parts.pool),
    selectBreakers(parts.pool),
    selectRetries(parts.pool, parts.engine, 'model', now - DAY_MS, now),
  ])
  const shut = breakers.flatMap(({ name, provider, open: is_open }) => (is_open === null ? [] : [{ name, provider, value: 1 }]))
  const accounts = unknown.flatMap(({ provider }) =>
    shut.some(({ name }) => name === provider) ? [] : [{ name: provider, provider, value: 0 }],
  )
  return [
    '# HELP filmgate_videos_open Videos that have not ended.',
    '# TYPE filmgate_videos_open gauge',
    `filmgate_videos_open ${open}`,
    '# HELP filmgate_steps_due Open videos whose next step is due and has not come yet, or is under way.',
    '# TYPE filmgate_steps_due gauge',
    `filmgate_steps_due ${due}`,
    '# HELP filmgate_step_overdue_seconds How late the latest next step of an open video is.',
    '# TYPE filmgate_step_overdue_seconds gauge',
    `filmgate_step_overdue_seconds ${overdue_ms / 1000}`,
    '# HELP filmgate_attempts_unknown Attempts of which nobody knows whether the provider took them.',
    '# TYPE filmgate_attempts_unknown gauge',
    ...unknown.map(({ provider, count }) => `filmgate_attempts_unknown{provider="${label(provider)}"} ${count}`),
    '# HELP filmgate_attempts_unknown_oldest_seconds For how long nobody has known about the oldest of them; 0 when there is none.',
    '# TYPE filmgate_attempts_unknown_oldest_seconds gauge',
    ...unknown.map(({ provider, oldest_ms }) => {
      const age_s = oldest_ms === null ? 0 : Math.max(0, now - Number(oldest_ms)) / 1000
      return `filmgate_attempts_unknown_oldest_seconds{provider="${label(provider)}"} ${age_s}`
    }),
    '# HELP filmgate_breaker_open Whether a provider account, or one of its routes, is left alone after trouble.',
    '# TYPE filmgate_breaker_open gauge',
    ...[...accounts, ...shut].map(
      ({ name, provider, value }) => `filmgate_breaker_open{name="${label(name)}",provider="${label(provider)}"} ${value}`,
    ),
    '# HELP filmgate_losses Attempts that we pay a provider for and no customer does.',
    '# TYPE filmgate_losses gauge',
    ...losses.map(({ kind, provider, count }) => `filmgate_losses{kind="${kind}",provider="${label(provider)}"} ${count}`),
    '# HELP filmgate_losses_usd What they cost us, dollars. It falls when a provider says that it bills less than expected.',
    '# TYPE filmgate_losses_usd gauge',
    ...losses.map(
      ({ kind, provider, micro }) => `filmgate_losses_usd{kind="${kind}",provider="${label(provider)}"} ${Number(micro) / 1e6}`,
    ),
    '# HELP filmgate_retried_percent Share of the videos of the last 24 hours that took more than one try.',
    '# TYPE filmgate_retried_percent gauge',
    ...retries.map((row) => `filmgate_retried_percent{model="${label(row.key)}"} ${retryRate(row, parts.world.retry_alert).percent}`),
    '# HELP filmgate_retry_alert 1 where that share has reached the configured threshold.',
    '# TYPE filmgate_retry_alert gauge',
    ...retries.map((row) => `filmgate_retry_alert{model="${label(row.key)}"} ${retryRate(row, parts.world.retry_alert).alert ? 1 : 0}`),
    '# HELP filmgate_retry_cost_usd What second and later tries of the last 24 hours cost us, dollars.',
    '# TYPE filmgate_retry_cost_usd gauge',
    ...retries.map(({ key, retry_cost_micro }) => `filmgate_retry_cost_usd{model="${label(key)}"} ${Number(retry_cost_micro) / 1e6}`),
    '',
  ].join('\n')
}

/** A label's value, as Prometheus wants it. */
export function label(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
