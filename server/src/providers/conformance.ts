import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SendWindow } from '../domain/send-window.ts'
import type { Progress, Provider, ProviderOrder } from './provider.ts'

/** An adapter under test, over its emulator (or, for the built-in one, over its own database). */
export interface Subject {
  readonly provider: Provider
  /** A small order; `trouble` is a sentinel that the emulator understands. */
  order(trouble?: '[[fail]]' | '[[moderated]]' | '[[hang]]' | '[[flaky:1]]'): ProviderOrder
  /** How many orders the other side has taken, ever. */
  taken(): Promise<number>
  stop(): Promise<void>
}

const CASES = {
  'gives a reference for an order, and the same one for the same key': async ({ provider, order, taken }) => {
    const before = await taken()
    const key = randomUUID()
    const [first, again] = [await provider.submit(order('[[hang]]'), key, OPEN), await provider.submit(order('[[hang]]'), key, OPEN)]
    expect(first).toMatchObject({ outcome: 'running' })
    expect(again).toEqual(first)
    expect(await taken()).toBe(before + 1)
  },
  'sends nothing once its window has closed': async ({ provider, order, taken }) => {
    const before = await taken()
    expect(await provider.submit(order(), randomUUID(), CLOSED)).toMatchObject({ outcome: 'undelivered' })
    expect(await taken()).toBe(before)
  },
  'finds an order by its key, and says so when there is none': async ({ provider, order }) => {
    const key = randomUUID()
    const window = { from: Date.now() - 60_000, to: Date.now() + 1_800_000 }
    expect(await provider.find(key, order('[[hang]]'), window)).toEqual({ outcome: 'absent' })
    const submitted = await provider.submit(order('[[hang]]'), key, OPEN)
    expect(await provider.find(key, order('[[hang]]'), window)).toEqual({ outcome: 'found', ref: ref(submitted) })
  },
  'shows progress that never falls, then the result, whose bytes can be read again': async ({ provider, order }) => {
    const running = ref(await provider.submit(order(), randomUUID(), OPEN))
    const seen: number[] = []
    const verdict = await verdictOf(provider, running, (percent) => seen.push(percent))
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    if (verdict.state !== 'succeeded') throw new Error(`it was ${verdict.state}`)
    const [first, again] = [await bytesOf(provider, verdict), await bytesOf(provider, verdict)]
    expect(first.byteLength).toBeGreaterThan(0)
    expect(again).toEqual(first)
  },
  'reports a failure as failed, with a reason': async ({ provider, order }) => {
    const running = ref(await provider.submit(order('[[fail]]'), randomUUID(), OPEN))
    expect(await verdictOf(provider, running)).toMatchObject({ state: 'failed', reason: 'provider_failed' })
  },
  'tells moderation from other failures': async ({ provider, order }) => {
    const running = ref(await provider.submit(order('[[moderated]]'), randomUUID(), OPEN))
    expect(await verdictOf(provider, running)).toMatchObject({ state: 'failed', reason: 'moderation_blocked' })
  },
  'takes an error on a status read for no verdict': async ({ provider, order }) => {
    const running = ref(await provider.submit(order('[[flaky:1]]'), randomUUID(), OPEN))
    expect(await provider.check(running)).toMatchObject({ state: 'no_verdict' })
    expect(await verdictOf(provider, running)).toMatchObject({ state: 'succeeded' })
  },
  'knows no verdict on a reference that the other side does not know': async ({ provider }) => {
    expect(await provider.check({ id: randomUUID() })).toMatchObject({ state: 'no_verdict' })
  },
  'stops what can be stopped, and then says that it was cancelled': async ({ provider, order }) => {
    const running = ref(await provider.submit(order('[[hang]]'), randomUUID(), OPEN))
    expect(await provider.cancel(running)).toBe('stopped')
    expect(await provider.check(running)).toMatchObject({ state: 'failed', reason: 'cancelled' })
  },
  'says too late for what has ended': async ({ provider, order }) => {
    const running = ref(await provider.submit(order(), randomUUID(), OPEN))
    await verdictOf(provider, running)
    expect(await provider.cancel(running)).toBe('too_late')
  },
} satisfies Record<string, (subject: Subject) => Promise<void>>

export type Case = keyof typeof CASES

/**
 * The promises of `Provider`, as tests that every adapter passes. A case that does not apply is not registered; it is printed with its reason.
 * @example conforms('animatic', startAnimatic)
 */
export function conforms(name: string, start: () => Promise<Subject>, not_applicable: Partial<Record<Case, string>> = {}): void {
  describe(`${name} conforms: it`, () => {
    let subject: Subject
    beforeAll(async () => {
      subject = await start()
    })
    afterAll(() => subject.stop())
    for (const [sentence, run] of Object.entries(CASES)) {
      const reason = Object.entries(not_applicable).find(([excluded]) => excluded === sentence)?.[1]
      if (reason === undefined) test(sentence, () => run(subject))
      else console.info(`${name}: "${sentence}" does not apply: ${reason}`)
    }
  })
}

const OPEN: SendWindow = { closes_at: Number.MAX_SAFE_INTEGER, open: () => true }
const CLOSED: SendWindow = { closes_at: 0, open: () => false }

function ref(submitted: Awaited<ReturnType<Provider['submit']>>) {
  if (submitted.outcome !== 'running') throw new Error(`it was ${submitted.outcome}`)
  return submitted.ref
}

type Verdict = Extract<Progress, { state: 'succeeded' | 'failed' }>

async function verdictOf(provider: Provider, running: ReturnType<typeof ref>, onPercent = (_percent: number) => {}): Promise<Verdict> {
  for (const end = Date.now() + 120_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const progress = await provider.check(running)
    if (progress.state === 'succeeded' || progress.state === 'failed') return progress
    if (progress.state === 'running' && progress.percent !== null) onPercent(progress.percent)
  }
  throw new Error('there was no verdict')
}

async function bytesOf(provider: Provider, verdict: Extract<Verdict, { state: 'succeeded' }>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(await provider.open(verdict.asset)).arrayBuffer())
}
