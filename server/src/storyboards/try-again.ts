import { problem } from '../domain/problems.ts'
import { ShotChanged } from './riders.ts'

/** Whoever was faster has ordered: what there is then is the answer. More than that is a storm. */
const TRIES_MAX = 5

/** Looks again, and decides again, as long as others order meanwhile. @throws Problem overloaded */
export async function tryAgain<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof ShotChanged)) throw error
      if (tries === TRIES_MAX) throw problem('overloaded', 'Others are ordering for this storyboard; try again.', { retry_after_s: 1 })
    }
  }
}
