import { expect, test } from 'vitest'
import { cheapestByForce } from '../../testing/advice/brute-force.ts'
import { type Case, randomCase } from '../../testing/advice/random-case.ts'
import { add, compare, multiply, ratio, ZERO } from '../rational.ts'
import { answers, type Mix } from './advise.ts'

const CASES = Number(process.env.FILMGATE_ADVICE_CASES ?? 2_000)

/** Whether the lines of a mix come to what it costs, and make all the clips. */
function checkArithmetic(mix: Mix, { asked }: Case): void {
  const clips = asked.kinds.reduce((sum, kind) => sum + kind.clips, 0)
  for (const line of mix.lines) expect(line.usd).toEqual(multiply(line.rate_usd, ratio(BigInt(line.quantity))))
  expect(mix.lines.map(({ usd }) => usd).reduce(add, ZERO)).toEqual(mix.usd)
  expect(mix.lines.reduce((sum, line) => sum + line.clips, 0)).toBe(clips)
  expect(mix.lines.filter(({ kind }) => kind === 'plan').length).toBeLessThanOrEqual(1)
}

test(`of ${CASES} random months none can be made cheaper by any mix that there is`, () => {
  let made = 0
  for (let seed = 1; seed <= CASES; seed += 1) {
    const one = randomCase(seed)
    const found = answers(one.asked, one.shelf)
    if (found === null) throw new Error('not countable')
    const [cheapest = null] = found.mixes
    const least = cheapestByForce(one)
    expect([seed, cheapest?.usd ?? null, found.proven]).toEqual([seed, least === null ? null : ratio(least, 1_000_000n), true])
    if (cheapest === null) continue
    made += 1
    for (const mix of found.mixes) {
      checkArithmetic(mix, one)
      expect(compare(mix.usd, cheapest.usd)).toBeGreaterThanOrEqual(0)
    }
  }
  expect(made).toBeGreaterThan(CASES / 2)
}, 120_000)
