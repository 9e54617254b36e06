import type { Instant } from '../domain/time.ts'
import { backOff } from './back-off.ts'
import type { Heard, Stands } from './delivery-queries.ts'
import type { Sent } from './send.ts'

export type Verdict =
  | { readonly next: 'end'; readonly state: 'delivered' | 'failed' }
  | { readonly next: 'again'; readonly wait_ms: number }
  /** Somebody else has it by now, or it ended: that goes on by itself. */
  | { readonly next: 'nothing' }

/** What follows from a try. `stands` is the delivery with that try counted; null when it is gone. */
export function judge(sent: Sent, stands: Pick<Stands, 'state' | 'job' | 'round_tries'> | null, random: number): Verdict {
  if (stands === null || stands.state !== 'waiting') return { next: 'nothing' }
  if (sent.tried.error === null) return { next: 'end', state: 'delivered' }
  if (sent.gone) return { next: 'end', state: 'failed' }
  if (stands.job !== null) return { next: 'nothing' } // replayed, or given to somebody else, meanwhile
  const wait_ms = backOff(stands.round_tries, random)
  return wait_ms === null ? { next: 'end', state: 'failed' } : { next: 'again', wait_ms: Math.max(wait_ms, sent.quiet_ms ?? 0) }
}

const GONE = 'It answered with status 410: it wants no more events.'

/** What answers say of their endpoints, one line for each of which they say anything new. `failing`: as it was known when it was sent. */
export function heardOf(
  sent: readonly (Sent & { readonly endpoint: string; readonly failing: boolean })[],
  now: Instant,
): readonly Heard[] {
  const news = [...Map.groupBy(sent, ({ endpoint }) => endpoint)].filter(([, answers]) =>
    answers.some(({ failing, tried }) => failing || tried.error !== null),
  )
  return news.map(([endpoint, answers]) => {
    const last_taken = Math.max(...answers.map(({ tried }) => (tried.error === null ? tried.at_ms : Number.NEGATIVE_INFINITY)))
    const failed = answers.flatMap(({ tried }) => (tried.error !== null && tried.at_ms > last_taken ? [tried.at_ms] : []))
    const quiet = answers.flatMap(({ quiet_ms }) => (quiet_ms === null ? [] : [quiet_ms]))
    return {
      endpoint,
      took: Number.isFinite(last_taken),
      failed_ms: failed.length === 0 ? null : Math.min(...failed),
      quiet_until_ms: quiet.length === 0 ? null : now + Math.max(...quiet),
      gone: answers.some(({ gone }) => gone) ? GONE : null,
    }
  })
}
