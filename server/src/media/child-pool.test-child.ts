import { z } from 'zod'
import { serveJobs } from './child.ts'

// What a child may do to its parent, by name. Started by child-pool.test.ts only.
serveJobs(z.object({ deed: z.string() }).parse, async ({ deed }, on_progress) => {
  on_progress(0.5)
  if (deed === 'throw') throw new Error('this job cannot be done')
  if (deed === 'crash') process.abort()
  if (deed === 'nonsense') return 42
  if (deed === 'hang') await new Promise(() => setInterval(() => {}, 1_000))
  if (deed === 'busy') for (;;) Math.sqrt(Math.random())
  if (deed === 'eat') {
    const eaten: Buffer[] = []
    for (;;) eaten.push(Buffer.alloc(16 * 1024 * 1024, 1))
  }
  return process.pid
})
