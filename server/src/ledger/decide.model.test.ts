import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Account, totalAvailable, totalHeld } from './account.ts'
import { decide, decideSettlement } from './decide.ts'
import type { Known } from './known.ts'
import type { FinishCause, Operation } from './operation.ts'
import { imbalance } from './replay.ts'
import { captureOf, freshId, grantOf, HOUR, holdOf, refundOf, START } from './testing.ts'

// The reference: every credit is a token of its own, and time is applied eagerly, event by event, as an ideal sweep would.
// `decide` packs credits into slots and applies time lazily. Both must always show the same account.

interface Grant {
  readonly no: number
  readonly priority: number
  readonly scope: number
  readonly expires: number
  readonly first_expires: number
  readonly cost: number
}
interface Token {
  readonly grant: Grant
  state: 'available' | 'held' | 'spent' | 'expired'
}
interface Hold {
  readonly op: string
  readonly at: number
  readonly deadline: number
  readonly taken: Token[]
  captured: Token[] | null
}

const OURS: readonly FinishCause[] = ['provider', 'platform', 'expired']
const ALLOWS: readonly (readonly string[])[] = [['sora-2', 'sora-2-pro'], ['sora-2-pro'], ['sora-2']]
const DAY = 24 * HOUR

class Naive {
  now = START
  readonly grants: Grant[] = []
  readonly tokens: Token[] = []
  readonly holds: Hold[] = []

  advance(to: number): void {
    while (this.now < to) {
      const events = [
        ...this.grants.map((grant) => grant.expires),
        ...this.holds.filter((hold) => !hold.captured).map((hold) => hold.deadline),
      ]
      this.now = Math.min(to, ...events.filter((at) => at > this.now))
      for (const hold of this.holds.filter((one) => !one.captured && one.deadline <= this.now).sort((a, b) => (a.op < b.op ? -1 : 1))) {
        this.finish(hold, 0, 'expired')
      }
      this.expire()
    }
  }

  give(grant: Omit<Grant, 'no'>, credits: number): void {
    const made = { ...grant, no: this.grants.length + 1 }
    this.grants.push(made)
    for (let i = 0; i < credits; i++) this.tokens.push({ grant: made, state: 'available' })
  }

  hold(op: string, credits: number, model: string, deadline: number): boolean {
    const usable = this.tokens.filter((token) => token.state === 'available' && ALLOWS[token.grant.scope]?.includes(model)).sort(burnOrder)
    if (usable.length < credits) return false
    const taken = usable.slice(0, credits)
    for (const token of taken) token.state = 'held'
    this.holds.push({ op, at: this.now, deadline, taken, captured: null })
    return true
  }

  finish(hold: Hold, captured: number, cause: FinishCause): void {
    hold.captured = hold.taken.slice(0, captured)
    for (const token of hold.captured) token.state = 'spent'
    this.giveBack(hold.taken.slice(captured), hold, OURS.includes(cause))
  }

  refund(hold: Hold, credits: number): void {
    const spent = (hold.captured ?? []).filter((token) => token.state === 'spent')
    const back = spent.slice(spent.length - credits).reverse()
    hold.captured = (hold.captured ?? []).filter((token) => !back.includes(token))
    this.giveBack(back, hold, true)
  }

  giveBack(tokens: readonly Token[], hold: Hold, made_good: boolean): void {
    const lost = new Map<Grant, number>()
    for (const token of tokens) {
      token.state = token.grant.expires <= this.now ? 'expired' : 'available'
      if (token.state === 'expired') lost.set(token.grant, (lost.get(token.grant) ?? 0) + 1)
    }
    for (const [grant, credits] of made_good ? lost : []) {
      const expires = Math.min(this.now + this.now - hold.at, grant.first_expires + DAY)
      if (expires > this.now) this.give({ ...grant, expires }, credits)
    }
  }

  expire(): void {
    for (const token of this.tokens) if (token.state === 'available' && token.grant.expires <= this.now) token.state = 'expired'
  }

  show() {
    const open = new Map<Grant, [number, number]>()
    for (const token of [...this.tokens].sort(burnOrder)) {
      const pots = open.get(token.grant) ?? [0, 0]
      if (token.state === 'available') pots[0]++
      if (token.state === 'held') pots[1]++
      open.set(token.grant, pots)
    }
    return [...open]
      .filter(([, [available, held]]) => available + held > 0)
      .map(([grant, [available, held]]) => [grant.no, available, held])
  }

  count(state: Token['state']): number {
    return this.tokens.filter((token) => token.state === state).length
  }
}

function burnOrder(a: { grant: Grant }, b: { grant: Grant }): number {
  const keys = ({ grant }: { grant: Grant }) => [grant.priority, grant.scope === 0 ? 1 : 0, grant.expires, grant.cost, grant.no]
  const mine = keys(a)
  const its = keys(b)
  const differ = mine.findIndex((key, i) => key !== its[i])
  return differ === -1 ? 0 : (mine[differ] ?? 0) - (its[differ] ?? 0)
}

const pick = fc.nat({ max: 9 })
const step = fc.record({
  wait: fc.constantFrom(0, 0, 0, 1, HOUR / 2, HOUR, 5 * HOUR, 30 * HOUR),
  act: fc.oneof(
    fc.record({
      kind: fc.constant('grant' as const),
      credits: fc.integer({ min: 1, max: 8 }),
      lives: fc.constantFrom(null, null, HOUR, 2 * HOUR, 40 * HOUR),
      priority: fc.constantFrom(50, 50, 10),
      scope: fc.constantFrom(0, 0, 1, 2),
      cost: fc.constantFrom(0, 3),
    }),
    fc.record({
      kind: fc.constant('hold' as const),
      credits: fc.integer({ min: 0, max: 10 }),
      pro: fc.boolean(),
      lives: fc.constantFrom(null, HOUR, 3 * HOUR, 26 * HOUR),
    }),
    fc.record({
      kind: fc.constant('finish' as const),
      which: pick,
      captured: fc.integer({ min: 0, max: 10 }),
      cause: fc.constantFrom<FinishCause>('completed', 'provider', 'platform', 'moderation', 'customer', 'expired'),
    }),
    fc.record({ kind: fc.constant('refund' as const), which: pick, credits: fc.option(fc.integer({ min: 1, max: 6 })) }),
  ),
})
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const EMPTY: Account = {
  id: 1n,
  ver: 0n,
  slots: [],
  grants_made: 0n,
  spent: 0n,
  debt: 0n,
  seen_ms: 0n,
  standing_ms: null,
  standing_ver: 0n,
  cycle_ms: null,
}
const SCOPES = new Map([
  [1n, ['sora-2-pro']],
  [2n, ['sora-2']],
])

function run(steps: readonly Step[]): void {
  const naive = new Naive()
  let known: Known = {
    account: EMPTY,
    stories: new Map(),
    facts: new Map(),
    scopes: SCOPES,
    periods: new Map(),
    allowance: null,
    subscription: null,
  }
  const holds: ReturnType<typeof holdOf>[] = []
  let change = 0n
  const ask = (operation: Operation) => {
    const decided = decide(known, operation, naive.now, freshId)
    for (const row of decided.rows) {
      expect(imbalance(row)).toBeNull()
      change += row.change
      expect(row.available_after).toBe(change)
    }
    known = decided.known()
    return decided.outcome
  }
  for (const { wait, act } of steps) {
    naive.advance(naive.now + wait)
    switch (act.kind) {
      case 'grant': {
        const expires = act.lives === null ? Number.POSITIVE_INFINITY : naive.now + act.lives
        const models = act.scope === 0 ? null : [...(ALLOWS[act.scope] ?? [])]
        const fields = {
          expires_at: act.lives === null ? null : expires,
          priority: act.priority,
          models,
          cost_micro: BigInt(act.cost * act.credits),
        }
        expect(ask(grantOf(1n, BigInt(act.credits), fields)).outcome).toBe('committed')
        naive.give({ priority: act.priority, scope: act.scope, expires, first_expires: expires, cost: act.cost }, act.credits)
        break
      }
      case 'hold': {
        const model = act.pro ? 'sora-2-pro' : 'sora-2'
        const expires_at = act.lives === null ? null : naive.now + act.lives
        const hold = holdOf(1n, BigInt(act.credits), { model, expires_at, purpose: act.lives === null ? 'video' : 'service' })
        const held = naive.hold(hold.op, act.credits, model, expires_at ?? Number.POSITIVE_INFINITY)
        expect(ask(hold).outcome).toBe(held ? 'committed' : 'insufficient')
        if (held) holds.push(hold)
        break
      }
      case 'finish': {
        const hold = holds[act.which % Math.max(holds.length, 1)]
        const its = naive.holds.find((one) => one.op === hold?.op)
        if (!hold || !its) break
        const outcome = ask(captureOf(hold, BigInt(act.captured), { cause: act.cause }))
        if (its.captured) expect(outcome.outcome === 'finished' || (outcome.outcome === 'committed' && outcome.replayed)).toBe(true)
        else if (act.captured > its.taken.length) expect(outcome.outcome).toBe('over_capture')
        else {
          expect(outcome).toMatchObject({ outcome: 'committed', replayed: false })
          naive.finish(its, act.captured, act.cause)
        }
        break
      }
      case 'refund': {
        const hold = holds[act.which % Math.max(holds.length, 1)]
        const its = naive.holds.find((one) => one.op === hold?.op)
        if (!hold || !its) break
        const left = its.captured?.length ?? 0
        const wanted = act.credits ?? left
        const outcome = ask(refundOf(hold, act.credits === null ? null : BigInt(act.credits), freshId()))
        if (wanted > 0 && wanted <= left) {
          expect(outcome.outcome).toBe('committed')
          naive.refund(its, wanted)
        } else expect(['over_refund', 'not_captured']).toContain(outcome.outcome)
      }
    }
    const { account } = decideSettlement(known, naive.now, freshId)
    expect(account.slots.map((slot) => [Number(slot.no), Number(slot.available), Number(slot.held)])).toEqual(naive.show())
    expect([totalAvailable(account.slots), totalHeld(account.slots), account.spent].map(Number)).toEqual([
      naive.count('available'),
      naive.count('held'),
      naive.count('spent'),
    ])
  }
}

test('cases 30, 32, 33, 44, 52: whatever is done in whatever order, the packed account equals one that moves single credits', () => {
  fc.assert(fc.property(fc.array(step, { minLength: 2, maxLength: 30 }), run), { numRuns: 3_000 })
})
