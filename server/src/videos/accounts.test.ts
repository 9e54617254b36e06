import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfiguration } from '../config-file.ts'
import { accountsFor, providerOf } from '../domain/accounts.ts'
import { STUDIO_ORDER, studios } from '../testing/studios.ts'

const CREDENTIALS = `    limits: { open_videos: 3 }
    credentials:
      - { name: second, api_key: sk-second, limits: { open_videos: 2 } }
`
const ROUTE = {
  provider: 'one',
  accounts: ['one', 'one@b', 'one@c'],
  abilities: { sizes: [], seconds: [4], reference_image: true, audio: true, operations: ['create', 'remix'], own_clips_only: ['remix'] },
} as const
const CREATE = { operation: 'create', source: null } as const
let at: Awaited<ReturnType<typeof twoKeys>>
const twoKeys = () => studios(['one', 'two'], { one: CREDENTIALS })
beforeAll(async () => {
  at = await twoKeys()
})
afterAll(() => at.stop())

test('a key that is refused is left alone, and its orders go on with the next one; no customer hears of keys', async () => {
  const asked: string[] = []
  const provider = (account: string) => {
    asked.push(account)
    return at.gateway.parts.routes.provider(account)
  }
  Object.assign(at.parts, { routes: { ...at.parts.routes, provider } })
  const videos: string[] = []
  const asksFirst = (account: string) =>
    videos.filter((video) => accountsFor({ ...ROUTE, accounts: ['one', 'one@second'] }, CREATE, video)[0] === account)
  // The emulator knows the first key only. Names are drawn: one order more than the second account may have open, and than the first one may, ask it first.
  while (asksFirst('one@second').length < 3 || asksFirst('one').length < 4) videos.push(await at.order({ route: 'one' }))
  const open = () =>
    at.parts.pool.query<{ video: string; provider: string }>(`select video, provider from videos.attempts where state = 'running'`)
  for (const video of videos)
    for (let steps = 0; steps < 3; steps += 1) if ((await at.read(video)).status === 'queued') await at.step(video)
  expect((await open()).rows.map((row) => row.provider)).toEqual(['one', 'one', 'one']) // as many as its limit says
  const { rows } = await at.parts.pool.query('select name, cause from videos.breakers')
  expect(rows).toEqual([{ name: 'one@second', cause: 'key' }])
  // One of two keys rests: the route takes orders.
  expect(
    (await at.call('POST', '/v1/quotes', { body: { model: 'sora-2', prompt: 'a boat', seconds: '4', size: '1280x720' } })).json.route,
  ).toBe('one/sora-2')
  const ways = await Promise.all(
    videos.map(async (video) => (await at.attempts(video)).map(({ provider: account, state }) => `${account} ${state}`)),
  )
  const refused = ways.flat().filter((way) => way === 'one@second rejected')
  expect(refused).toHaveLength(2)
  expect(ways.flat().some((way) => way === 'one@second unsent')).toBe(true)
  const first = (await open()).rows[0]?.video ?? ''
  asked.length = 0
  at.advance(10_000)
  await at.step(first)
  expect(new Set(asked)).toEqual(new Set(['one']))
  const seen = await at.read(first)
  expect(seen.progress).toBeGreaterThan(0)
  expect(seen).toMatchObject({ status: 'in_progress', filmgate: { provider: 'one', route: 'one/sora-2' } })
  for (const video of videos) expect(JSON.stringify([await at.read(video), await at.receipt(video)])).not.toContain('@second')
})

test('what a provider agreed to take of us is shown to operators, and priced with for nobody else', async () => {
  const ids = async (key?: string) =>
    (await at.call('GET', '/v1/rate_cards', key ? { key } : {})).json.data.map(({ id }: { id: string }) => id)
  expect(await ids(at.operator_key)).toContain('card-one')
  expect(await ids()).not.toContain('card-one')
  expect(await ids()).toContain('openai-2026-05')
  expect((await at.call('GET', '/v1/rate_cards/card-one')).status).toBe(404)
  expect((await at.call('GET', '/v1/rate_cards/card-one', { key: at.operator_key })).status).toBe(200)
  const asked = await at.call('POST', '/v1/quotes', { body: { ...STUDIO_ORDER, rate_card: 'card-one' } })
  expect([asked.status, asked.json.error.param]).toEqual([400, 'rate_card'])
  expect(asked.bytes.toString().replace("card 'card-one'", '')).not.toContain('card-one')
})

test('orders are spread over the accounts of a route, always the same way, and a clip is remixed by the one that made it', () => {
  const firsts = Array.from({ length: 300 }, (_, no) => accountsFor(ROUTE, CREATE, `video_${no}`)[0] ?? '')
  for (const account of ROUTE.accounts) expect(firsts.filter((one) => one === account).length).toBeGreaterThan(60)
  expect(accountsFor(ROUTE, CREATE, 'video_1')).toEqual(accountsFor(ROUTE, CREATE, 'video_1'))
  expect(accountsFor(ROUTE, CREATE, 'video_1').toSorted()).toEqual(ROUTE.accounts)
  const source = { provider: 'one@c' }
  expect(accountsFor(ROUTE, { operation: 'remix', source }, 'video_1')).toEqual(['one@c'])
  expect(accountsFor(ROUTE, { operation: 'edit', source }, 'video_1')).toEqual(['one@c', 'one', 'one@b'])
  expect(accountsFor({ provider: 'one', abilities: ROUTE.abilities }, CREATE, 'video_1')).toEqual(['one'])
  expect(ROUTE.accounts.map(providerOf)).toEqual(['one', 'one', 'one'])
})

test.each([
  ['credentials: [{ name: b, api_key: sk-b }]', /is for further keys/],
  ['api_key: sk-a\n    credentials: [{ name: b, api_key: sk-b }, { name: b, api_key: sk-c }]', /is that of another credential/],
  ['api_key: sk-a\n    credentials: [{ name: b, api_key: { env: NOT_SET } }]', /names a variable that is not set/],
  ['api_key: sk-a\n    credentials: [{ name: "b@c", api_key: sk-b }]', /must be 1 to 63 letters/],
])('a configuration with %s is refused', (lines, why) => {
  const text = `providers:\n  - name: one\n    adapter: openai\n    base_url: https://one.example.com/v1\n    models: [sora-2]\n    rate_card: openai-2026-05\n    ${lines}\n`
  const read = parseConfiguration(text, 'filmgate.yaml', {})
  expect(read.outcome === 'wrong' ? read.sentence : '').toMatch(why)
})
