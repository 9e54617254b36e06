import { runInNewContext } from 'node:vm'

const MS_MAX = 120_000

/**
 * Runs work that never waits, and throws where it does not end: a pattern that backtracks can not be stopped in any other way. That is no
 * measure: give it so much that whatever takes more than a fixed number of steps a letter would take hours.
 */
export function withinReason<T>(work: () => T): T {
  return runInNewContext('work()', { work }, { timeout: MS_MAX })
}
