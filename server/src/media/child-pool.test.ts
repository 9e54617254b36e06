import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type ChildPool, type ChildPoolOptions, createChildPool } from './child-pool.ts'

type Deed = { readonly deed: string }
const LIMIT = { timeout_ms: 150_000 }

describe('createChildPool', () => {
  const pools: ChildPool<Deed, number>[] = []
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.stop()))
  })

  function open(options: Partial<ChildPoolOptions<number>> = {}): ChildPool<Deed, number> {
    const pool = createChildPool<Deed, number>({
      name: 'test',
      entry: new URL('./child-pool.test-child.ts', import.meta.url),
      size: 1,
      jobs_max: 100,
      idle_ms: 60_000,
      heap_mb_max: 128,
      rss_mb_max: 1_024,
      parse: (value) => (typeof value === 'number' && value > 100 ? value : null),
      log: { warn: () => {} },
      ...options,
    })
    pools.push(pool)
    return pool
  }

  test('one child serves job after job and reports progress', async () => {
    const pool = open()
    const seen: number[] = []
    const first = await pool.run({ deed: 'work' }, { ...LIMIT, on_progress: (fraction) => seen.push(fraction) })
    const second = await pool.run({ deed: 'work' }, LIMIT)
    expect(first).toEqual({ outcome: 'answered', answer: pool.pids()[0] })
    expect(second).toEqual(first)
    expect(seen).toEqual([0.5])
  })

  test('a child that takes long to start takes nothing of the time of its job', async () => {
    const pool = open({ entry: new URL('./child-pool.slow-child.ts', import.meta.url) })
    expect(await pool.run({ deed: 'work' }, { timeout_ms: 900 })).toEqual({ outcome: 'answered', answer: pool.pids()[0] })
    expect(await pool.run({ deed: 'hang' }, { timeout_ms: 50 })).toMatchObject({
      outcome: 'crashed',
      why: expect.stringContaining('longer than'),
    })
  })

  test('a job that throws is answered and costs no child', async () => {
    const pool = open()
    expect(await pool.run({ deed: 'throw' }, LIMIT)).toEqual({ outcome: 'threw', why: 'this job cannot be done' })
    const pids = pool.pids()
    expect(await pool.run({ deed: 'work' }, LIMIT)).toEqual({ outcome: 'answered', answer: pids[0] })
  })

  test.each(['crash', 'nonsense'])('a child that does "%s" fails its own job only', async (deed) => {
    const pool = open()
    const bad = pool.run({ deed }, LIMIT)
    const good = pool.run({ deed: 'work' }, LIMIT)
    expect(await bad).toMatchObject({ outcome: 'crashed' })
    expect(await good).toMatchObject({ outcome: 'answered' })
  })

  test.each(['hang', 'busy'])('a job that does "%s" beyond its limit is ended', async (deed) => {
    const pool = open()
    await pool.run({ deed: 'work' }, LIMIT)
    expect(await pool.run({ deed }, { timeout_ms: 50 })).toMatchObject({ outcome: 'crashed', why: expect.stringContaining('longer than') })
    expect(await pool.run({ deed: 'work' }, LIMIT)).toMatchObject({ outcome: 'answered' })
  })

  test('a child that outgrows its memory is ended, although its event loop stands still', async () => {
    expect(await open({ rss_mb_max: 300 }).run({ deed: 'eat' }, LIMIT)).toMatchObject({
      outcome: 'crashed',
      why: expect.stringContaining('SIGKILL'),
    })
  })

  test('an aborted job ends at once, waiting or running; the next one runs', async () => {
    const pool = open()
    await pool.run({ deed: 'work' }, LIMIT)
    const running = new AbortController()
    const waiting = new AbortController()
    const first = pool.run({ deed: 'busy' }, { ...LIMIT, signal: running.signal })
    const second = pool.run({ deed: 'work' }, { ...LIMIT, signal: waiting.signal })
    waiting.abort()
    expect(await second).toEqual({ outcome: 'aborted' })
    running.abort()
    expect(await first).toEqual({ outcome: 'aborted' })
    expect(await pool.run({ deed: 'work' }, LIMIT)).toMatchObject({ outcome: 'answered' })
  })

  test('a child is replaced after its number of jobs, and one without work ends', async () => {
    const pool = open({ jobs_max: 1 })
    const first = await pool.run({ deed: 'work' }, LIMIT)
    const second = await pool.run({ deed: 'work' }, LIMIT)
    expect(first).toMatchObject({ outcome: 'answered' })
    expect(second).not.toEqual(first)
    const idle = open({ idle_ms: 1 })
    await idle.run({ deed: 'work' }, LIMIT)
    await vi.waitFor(() => expect(idle.pids()).toEqual([]), LIMIT.timeout_ms)
  })

  test('stopping ends all children and aborts all jobs', async () => {
    const pool = open()
    await pool.run({ deed: 'work' }, LIMIT)
    const [pid = 0] = pool.pids()
    const jobs = [pool.run({ deed: 'busy' }, LIMIT), pool.run({ deed: 'work' }, LIMIT)]
    await pool.stop()
    expect(await Promise.all(jobs)).toEqual([{ outcome: 'aborted' }, { outcome: 'aborted' }])
    expect(lives(pid)).toBe(false)
    expect(await pool.run({ deed: 'work' }, LIMIT)).toEqual({ outcome: 'aborted' })
  })

  test.each(['hang', 'busy'])('a child that does "%s" ends when its parent is killed', async (deed) => {
    const script = `
      const { createChildPool } = await import(${JSON.stringify(new URL('./child-pool.ts', import.meta.url).href)})
      const pool = createChildPool({ name: 'test', entry: new URL(${JSON.stringify(new URL('./child-pool.test-child.ts', import.meta.url).href)}),
        size: 1, jobs_max: 9, idle_ms: 60000, heap_mb_max: 128, rss_mb_max: 1024, parse: (value) => value, log: { warn() {} } })
      await pool.run({ deed: '${deed}' }, { timeout_ms: 600000, on_progress: () => console.log(pool.pids()[0]) })`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(parent.stdout, 'data')
    const pid = Number(String(line))
    onTestFinished(() => {
      if (lives(pid)) process.kill(pid, 'SIGKILL')
    })
    expect(lives(pid)).toBe(true)
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(lives(pid)).toBe(false), { timeout: 120_000, interval: 50 })
  })
})

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
