import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROTOCOLS } from '../../emulators/src/protocols.ts'
import { expectCleanAudit } from './customer.ts'
import { type Everywhere, startEverywhere } from './everywhere.ts'

let everywhere: Everywhere
beforeAll(async () => {
  // All but the one whose shortest clip has ten seconds: they would take longer to draw than all else here. `npm run eight-providers` has it too.
  everywhere = await startEverywhere(Object.keys(PROTOCOLS).filter((protocol) => protocol !== 'chat'))
})
afterAll(() => everywhere.stop())

test('the first clip comes from every provider that there is an imitation of, by changing nothing but the route: bought once, charged as quoted', async () => {
  const brought = await Promise.all(everywhere.providers.map((provider) => everywhere.bring(provider)))
  expect(brought).toHaveLength(8)
  for (const one of brought) {
    expect(one).toMatchObject({ route: expect.stringMatching(`^${one.provider}/sora-2`), billed: 1 })
    if ('said' in one) continue
    expect(one.credits.charged).toBe(one.credits.quoted)
    expect(one.bytes).toBeGreaterThan(10_000)
  }
  const prices = brought.map((one) => [one.provider, 'said' in one ? one.said : one.credits.charged])
  expect(Object.fromEntries(prices)).toMatchObject({ openai: 50, fal: 25, kling: 63, runway: 60 })
  await expectCleanAudit(everywhere.server)
})
