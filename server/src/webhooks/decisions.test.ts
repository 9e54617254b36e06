import { describe, expect, test } from 'vitest'
import { backOff } from './back-off.ts'
import { Lanes } from './lanes.ts'
import { hintOf, mintSecret, signed } from './signature.ts'

describe('a signature', () => {
  // Source: the official SDK's own test suite.
  const SECRET = 'whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c='
  const BODY =
    '{"id": "evt_685c059ae3a481909bdc86819b066fb6", "object": "event", "created_at": 1750861210, "type": "response.completed", "data": {"id": "resp_123"}}'

  test("is the one of the official SDK's test vector", () => {
    expect(signed('wh_685c059ae39c8190af8c71ed1022a24d', 1_750_861_210_999, BODY, [SECRET])).toEqual({
      'webhook-id': 'wh_685c059ae39c8190af8c71ed1022a24d',
      'webhook-timestamp': '1750861210',
      'webhook-signature': 'v1,gUAg4R2hWouRZqRQG4uJypNS8YK885G838+EHb4nKBY=',
    })
  })

  test('is made once for each secret', () => {
    const other = mintSecret((length) => new Uint8Array(length).fill(7))
    const [first, second, ...rest] = (signed('a', 0, BODY, [SECRET, other])['webhook-signature'] ?? '').split(' ')
    expect([first, second]).toEqual([
      signed('a', 0, BODY, [SECRET])['webhook-signature'],
      signed('a', 0, BODY, [other])['webhook-signature'],
    ])
    expect(rest).toEqual([])
    expect(hintOf(SECRET)).toBe('whsec_…j40c')
  })
})

describe('the back-off', () => {
  test('waits longer and longer, for 72 hours together, and then says that it was the last', () => {
    const waits = Array.from({ length: 10 }, (_, index) => backOff(index + 1, 0) ?? 0)
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    const hours = waits.reduce((sum, wait) => sum + wait, 0) / 3_600_000
    expect(hours).toBeGreaterThan(72)
    expect(hours).toBeLessThan(73)
    expect(backOff(11, 0)).toBeNull()
    expect(backOff(1, 0.999)).toBeLessThan(5_501)
  })
})

describe('a lane', () => {
  const full = async (lanes: Lanes, endpoint: string) => {
    const turns = [await lanes.take(endpoint), await lanes.take(endpoint)]
    return turns.map((turn) => (turn.outcome === 'go' ? turn.done : expect.unreachable('the lane was full too early')))
  }
  const wait = async (lanes: Lanes, endpoint: string) => {
    const turn = await lanes.take(endpoint)
    return turn.outcome === 'later' ? turn.wait_ms : null
  }

  test('that is full sends the next away and leaves others alone', async () => {
    let now = 0
    const lanes = new Lanes({ width: 2, patience_ms: 0, now: () => now })
    const [first] = await full(lanes, 'a')
    now = 1
    expect(await wait(lanes, 'a')).toBe(1)
    expect((await lanes.take('b')).outcome).toBe('go')
    first?.()
    first?.() // giving a place back twice makes no second one
    expect((await lanes.take('a')).outcome).toBe('go')
    expect(await wait(lanes, 'a')).not.toBeNull()
  })

  test('tells those whom it sends away to come one after the other, as fast as its endpoint answers', async () => {
    let now = 0
    const lanes = new Lanes({ width: 2, patience_ms: 0, now: () => now })
    await full(lanes, 'hanging')
    now = 10_000 // nothing has come back yet: this alone says that it takes 10 s
    expect([await wait(lanes, 'hanging'), await wait(lanes, 'hanging'), await wait(lanes, 'hanging')]).toEqual([5_000, 10_000, 15_000])
  })

  test('hands a place that becomes free to who waits longest, and never more places than it has', async () => {
    let now = 0
    const lanes = new Lanes({ width: 2, patience_ms: 60_000, now: () => now })
    const [first, second] = await full(lanes, 'a')
    const came: string[] = []
    const waiting = ['third', 'fourth'].map(async (name) => {
      const turn = await lanes.take('a')
      came.push(`${name} ${turn.outcome}`)
    })
    first?.()
    await waiting[0]
    expect(came).toEqual(['third go'])
    second?.()
    await waiting[1]
    expect(came).toEqual(['third go', 'fourth go'])
    now = 60_001 // both are still under way: it is no place to wait at any more
    expect(await wait(lanes, 'a')).toBe(30_001)
  })

  test('lets nobody wait for longer than it is worth', async () => {
    let now = 0
    const lanes = new Lanes({ width: 2, patience_ms: 5, now: () => now })
    await full(lanes, 'a')
    const turn = wait(lanes, 'a')
    now = 100
    expect(await turn).toBe(50)
  })
})
