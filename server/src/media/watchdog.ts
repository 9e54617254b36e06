import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { z } from 'zod'

// Runs in a thread of a child process: ends the whole process when its parent is gone or when it outgrew its memory.
const { parent, rss_mb_max } = z.object({ parent: z.number(), rss_mb_max: z.number() }).parse(workerData)

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
  if (process.memoryUsage.rss() > rss_mb_max * 1024 * 1024) {
    writeSync(2, `more than ${rss_mb_max} MB in use`)
    process.kill(process.pid, 'SIGKILL')
  }
}, 500)
