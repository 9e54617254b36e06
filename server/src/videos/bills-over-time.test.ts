import { afterAll, beforeAll, expect, test } from 'vitest'
import { studios } from '../testing/studios.ts'
import type { Json } from '../testing/world.ts'

const DAY_S = 86_400
let at: Awaited<ReturnType<typeof world>>
const world = () => studios(['one'], { one: '    credentials: [{ name: second, api_key: sk-second }]\n' }, {}, undefined, 'any')
beforeAll(async () => {
  at = await world()
})
afterAll(() => at.stop())

const operator = async (method: string, path: string, body?: object): Promise<Json> =>
  (await at.call(method, path, { key: at.operator_key, ...(body === undefined ? {} : { body }) })).json
const verdicts = ({ totals }: Json) =>
  Object.fromEntries(totals.flatMap(({ verdict, count }: Json) => (count === 0 ? [] : [[verdict, count]])))
const cost = async (video: string) => (await at.attempts(video))[0]?.cost

test('a bill of a provider is one of all its accounts; what the next one gives back is taken off what the first one took', async () => {
  const videos: string[] = []
  const used = async () => (await at.parts.pool.query('select 1 from videos.attempts group by provider')).rowCount
  while (videos.length < 3 || (await used()) !== 2) videos.push(await at.order({ prompt: `a boat ${videos.length}` }))
  // Taken, and given up at their final deadline: that costs us what was quoted.
  for (const video of videos) await at.step(video)
  const [from, to] = [Math.floor(at.now() / 1000) - DAY_S, Math.floor(at.now() / 1000) + DAY_S]
  at.advance(DAY_S * 1000)
  for (const video of videos) {
    Object.assign(at.emulators.one.jobs.get((await at.attempts(video))[0]?.provider_ref) ?? {}, { told: { status: 'in_progress' } })
    await at.step(video)
  }
  const attempts = (await Promise.all(videos.map((video) => at.attempts(video)))).flat()
  const most = attempts.length - 2

  const [dearer, forgotten, ...rest] = attempts
  const lines = [`${dearer?.provider_ref},0.50`, ...rest.map(({ provider_ref }) => `${provider_ref},0.40`)]
  const first = await operator('POST', '/v1/bills', { provider: 'one', from, to, csv: `id,usd\n${lines.join('\n')}` })
  expect(verdicts(first)).toEqual({ matched: most, different: 1, missing: 1 })
  await operator('POST', `/v1/bills/${first.id}/adopt`)
  expect(await cost(videos[0] ?? '')).toEqual({ usd: '0.50', source: 'billed' })

  // Of the next period: ten cents back, and what was forgotten. A bill of one account alone does not know the others' jobs.
  const csv = `id,usd\n${dearer?.provider_ref},-0.10\n${forgotten?.provider_ref},0.40`
  const next = await operator('POST', '/v1/bills', { provider: 'one', from: to, to: to + 30 * DAY_S, csv })
  expect(verdicts(next)).toEqual({ matched: 1, different: 1 })
  expect(verdicts(await operator('GET', `/v1/bills/${first.id}`))).toEqual({ matched: most, different: 1 })
  await operator('POST', `/v1/bills/${next.id}/adopt`)
  expect(await cost(videos[0] ?? '')).toEqual({ usd: '0.40', source: 'billed' })
  for (const { id } of [first, next])
    expect(verdicts(await operator('GET', `/v1/bills/${id}`)), id).toEqual(id === first.id ? { matched: most + 1 } : { matched: 2 })

  const alone = await operator('POST', '/v1/bills', {
    provider: 'one@second',
    from,
    to,
    csv: `id,usd\n${attempts.map((one) => `${one.provider_ref},0.40`).join('\n')}`,
  })
  const second = attempts.filter(({ provider }) => provider === 'one@second').length
  expect(verdicts(alone).unexpected).toBe(attempts.length - second)
  await at.expectCleanAudit()
})
