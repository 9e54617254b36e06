import { Worker } from 'node:worker_threads'
import { z } from 'zod'

const Message = z.object({ kind: z.literal('job'), job: z.unknown() })

/**
 * The child's side of `createChildPool`: runs the jobs that the parent sends, one at a time, and ends when the parent does.
 * What `work` throws is told to the parent as a sentence; the child goes on.
 */
export function serveJobs<Job>(
  parse: (job: unknown) => Job,
  work: (job: Job, on_progress: (fraction: number) => void) => Promise<unknown>,
): void {
  // A terminal's Ctrl-C and a supervisor's SIGTERM reach the whole group: the parent decides when its children end.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.on('disconnect', () => process.exit(0))
  process.on('message', (message) => void answer(message))
  guard(Number(process.argv[2] ?? 2_048))
  tell({ kind: 'ready' })

  async function answer(message: unknown): Promise<void> {
    try {
      const job = parse(Message.parse(message).job)
      const value = await work(job, (fraction) => tell({ kind: 'progress', fraction }))
      tell({ kind: 'answer', value })
    } catch (error) {
      tell({ kind: 'threw', message: error instanceof Error ? error.message : String(error) })
    }
  }

  function tell(message: Readonly<Record<string, unknown>>): void {
    // The channel may close under the message; then there is nobody left to tell.
    if (process.connected) process.send?.(message, () => {})
  }
}

/** `disconnect` is seen only when the event loop turns. Native code may keep it from turning: a thread of its own watches too. */
function guard(rss_mb_max: number): void {
  const watchdog = new Worker(new URL('./watchdog.ts', import.meta.url), { workerData: { parent: process.ppid, rss_mb_max }, execArgv: [] })
  watchdog.unref()
}
