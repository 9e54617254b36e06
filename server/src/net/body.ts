import type { IncomingMessage } from 'node:http'
import type { Cut, Unreached } from './cut.ts'
import { tooLarge } from './hop.ts'

const BROKE_OFF = 'The server broke off before its answer was whole.'

export type NotFetched = Unreached | { readonly outcome: 'too_large'; readonly why: string }

/** A stream that did not come to its end, and why. */
export class Broken extends Error {
  readonly not_fetched: NotFetched
  constructor(not_fetched: NotFetched) {
    super('why' in not_fetched ? not_fetched.why : 'This process ends.')
    this.not_fetched = not_fetched
  }
}

/** The body, counted. Reads only as fast as it is read; lets go of the connection however it ends. */
export function bodyOf(response: IncomingMessage, bytes_max: number, cut: Cut): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Buffer> = response[Symbol.asyncIterator]()
  let bytes = 0
  const end = () => {
    response.destroy()
    cut.done()
  }
  const broken = (not_fetched: NotFetched) => {
    end()
    return new Broken(not_fetched)
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const step = await chunks.next().catch(() => null)
        if (step === null || cut.signal.aborted) throw broken(cut.why(BROKE_OFF))
        if (step.done) {
          end()
          return controller.close()
        }
        bytes += step.value.byteLength
        if (bytes > bytes_max) throw broken({ outcome: 'too_large', why: tooLarge(bytes_max) })
        controller.enqueue(step.value)
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}

/** Lets a server finish what it says, up to a bound: a connection that is cut off in its answer looks like a fault to whoever answers. */
export async function readAway(response: IncomingMessage, bytes_max: number): Promise<void> {
  let bytes = 0
  try {
    for await (const chunk of response) {
      bytes += Buffer.byteLength(chunk)
      if (bytes >= bytes_max) break
    }
  } catch {
    // It broke off, or took too long: what it had to say was in the head.
  }
  response.destroy()
}
