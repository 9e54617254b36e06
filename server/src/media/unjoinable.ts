/** The fault is in the clips: whoever tries again finds it again. */
export class Unjoinable extends Error {
  override readonly name = 'Unjoinable'
}

/**
 * Runs a step that looks at nothing but the clips. What it throws is blamed on them, unless the system itself failed it: a disk that is full or
 * broken, a file that is gone, no memory.
 */
export async function blameClips<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw blamed(error)
  }
}

/** The same for what is read piece by piece; what its consumer throws is not touched. */
export async function* blamePieces<T>(pieces: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  try {
    for (;;) {
      const { value, done } = await blameClips(() => pieces.next())
      if (done || value === undefined) return
      yield value
    }
  } finally {
    await pieces.return()
  }
}

function blamed(error: unknown): unknown {
  if (error instanceof Unjoinable || isOfSystem(error)) return error
  return new Unjoinable(error instanceof Error ? error.message : String(error), { cause: error })
}

/** `ENOSPC`, `EIO`, …: the system's own words have no underscore, those of Node do. */
const OF_SYSTEM = /^E[A-Z0-9]+$/

function isOfSystem(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string' && OF_SYSTEM.test(error.code)) return true
  if (error instanceof RangeError && /alloc|out of memory/i.test(error.message)) return true
  return isOfSystem(error.cause)
}
