import { describe, expect, it } from 'vitest'
import { type GateInput, gateParts } from './gate.ts'

const whole = (input: GateInput) => {
  const { free, take, held, gone } = gateParts(input)
  return free + take + held + gone
}

describe('the gate bar', () => {
  it('has the notch at one place before the click, while the clip runs, and once it is charged', () => {
    const before = gateParts({ available: 1000, held: 0, capacity: 1000, take: 40, taken_from: 'available' })
    const running = gateParts({ available: 960, held: 40, capacity: 1000, take: 40, taken_from: 'held' })
    const charged = gateParts({ available: 960, held: 0, capacity: 1000, take: 40, taken_from: 'spent' })
    for (const parts of [before, running, charged]) expect(parts).toMatchObject({ free: 960, take: 40 })
  })

  it('always adds up to the whole bar', () => {
    expect(whole({ available: 300, held: 80, capacity: 1000, take: 40, taken_from: 'available' })).toBe(1000)
    expect(whole({ available: 300, held: 80, capacity: 1000, take: 40, taken_from: 'held' })).toBe(1000)
    expect(whole({ available: 300, held: 80, capacity: 100, take: 0, taken_from: 'available' })).toBe(380)
  })

  it('says by how much an order is short', () => {
    expect(gateParts({ available: 12, held: 0, capacity: 1000, take: 40, taken_from: 'available' })).toMatchObject({
      free: 0,
      take: 12,
      short: 28,
    })
  })

  it('draws a debt as an empty bar', () => {
    expect(gateParts({ available: -506, held: 0, capacity: 1000, take: 0, taken_from: 'available' })).toMatchObject({ free: 0, gone: 1000 })
  })
})
