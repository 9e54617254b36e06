import { expect, test } from 'vitest'
import { startOpenaiEmulator } from '../../../emulators/src/openai.ts'
import { parseConfiguration } from '../config-file.ts'
import { drawClip } from '../testing/clips.ts'
import { eventually, testWorld } from '../testing/world.ts'

const DAY_MS = 86_400_000
const ORDER = { model: 'sora-2', seconds: '4', size: '1280x720' }

/** A month of orders that end in every way, at a provider that bills some of its failures. */
async function month() {
  const clip = await drawClip({ seconds: 4, width: 1280, height: 720 })
  const begins = Date.parse('2026-03-01T00:00:00Z')
  let now = begins
  const emulator = await startOpenaiEmulator({ clip: () => clip, render_ms: 0, clock: () => now })
  const text = `providers:
  - name: studio-a
    adapter: openai
    base_url: ${emulator.base_url}
    models: [sora-2]
    rate_card: openai-2026-05
    poll: { first_s: 0.05, later_s: 0.05 }
`
  const read = parseConfiguration(text, 'filmgate.yaml', {})
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  const world = await testWorld({ settings: read.settings, clock: () => now })
  const operator = async (method: string, path: string, body?: object) => world.call(method, path, { key: world.operator_key, body })
  const ends = async (id: string) =>
    eventually(async () => {
      const { status } = (await world.call('GET', `/v1/videos/${id}`)).json
      return status === 'completed' || status === 'failed' ? status : null
    })
  for (let day = 0; day < 30; day += 10) {
    now = begins + day * DAY_MS
    const prompts = ['a boat', 'a boat [[fail]]', 'a boat [[fail]] [[billed]]', 'a boat [[moderated]]', 'a boat [[submit:drop_after]]']
    const made = await Promise.all(
      prompts.map(async (prompt) => (await world.call('POST', '/v1/videos', { body: { ...ORDER, prompt: `${prompt} ${day}` } })).json.id),
    )
    for (const [at, id] of made.entries()) {
      // What was lost is looked for, and adopted, once it can no longer be on its way.
      if (at === 4) now += 600_000
      await ends(id)
    }
    const hangs = (await world.call('POST', '/v1/videos', { body: { ...ORDER, prompt: `a boat [[hang]] ${day}` } })).json.id
    await eventually(async () => ((await world.call('GET', `/v1/videos/${hangs}`)).json.filmgate.stage === 'rendering' ? true : null))
    now += DAY_MS + 60_000
    expect(await ends(hangs)).toBe('failed')
  }
  return {
    emulator,
    world,
    operator,
    begins,
    ends: begins + 31 * DAY_MS,
    stop: async () => void (await Promise.all([world.stop(), emulator.stop()])),
  }
}

test('after the import of a month’s bill every cent of it, and of what we owe, is matched or named; adopted, it is what the month cost', async () => {
  const { emulator, world, operator, begins, ends, stop } = await month()
  const billed = emulator.bill().map(({ id, usd }) => ({ id, usd: usd.toFixed(2) }))
  const is_made = ({ id }: { id: string }) => /^a boat \d+$/.test(emulator.jobs.get(id)?.ordered.prompt ?? '')
  const [forgotten, dearer] = billed.filter(is_made)
  const rest = billed.filter((line) => line !== forgotten && line !== dearer)
  // The provider forgets one, takes ten cents more for another, bills a job that we do not know, a fee, and gives something back.
  const lines = [
    ...rest.map(({ id, usd }) => `${id},"4 s, 720p",${usd}`),
    `${dearer?.id},"4 s, 720p",0.50`,
    'video_of_somebody_else,,0.40',
    ',monthly fee,12.00',
    ',rebate,-1.005',
  ]
  const csv = `\uFEFFJob ID,Item,Amount USD\r\n${lines.join('\r\n')}\r\n`
  const body = { provider: 'studio-a', from: begins / 1000, to: ends / 1000, csv }
  const bill = (await operator('POST', '/v1/bills', body)).json
  const totals = Object.fromEntries(bill.totals.map(({ verdict, ...sums }: { verdict: string }) => [verdict, sums]))
  // The failures that it billed: nothing in its answers said so.
  const surprises = 3
  expect(totals).toMatchObject({
    missing: { count: 1, billed_usd: '0.00', ours_usd: '0.40' },
    unexpected: { count: 1, billed_usd: '0.40', ours_usd: '0.00' },
    other: { count: 2, billed_usd: '10.995' },
    different: { count: 1 + surprises },
    matched: { count: rest.length - surprises },
  })
  const sum = lines.reduce((cents, line) => cents + Math.round(Number(line.split(',').at(-1)) * 1000), 0)
  expect(Number(bill.billed_usd)).toBe(sum / 1000)
  const items = (await operator('GET', `/v1/bills/${bill.id}/items?verdict=missing`)).json.data
  expect(items).toMatchObject([{ provider_ref: forgotten?.id, billed_usd: null, ours: { usd: '0.40' }, line: null }])
  const all = (await operator('GET', `/v1/bills/${bill.id}/items?limit=100`)).json
  expect(all.data).toHaveLength(lines.length + 1)

  expect((await operator('POST', '/v1/bills', { ...body, csv: csv.replaceAll('\r\n', '\n') })).json.id).toBe(bill.id)
  expect((await operator('POST', '/v1/bills', { ...body, provider: 'studio-b' })).json.error).toMatchObject({ param: 'provider' })
  expect((await operator('POST', '/v1/bills', { ...body, csv: 'id,usd\n"a,1' })).json.error).toMatchObject({ param: 'csv' })

  const adopted = (await operator('POST', `/v1/bills/${bill.id}/adopt`)).json
  expect(adopted.totals.find(({ verdict }: { verdict: string }) => verdict === 'different')).toMatchObject({ count: 0 })
  const { total } = (await operator('GET', '/v1/margin')).json
  const owed = billed.reduce((cents, { usd }) => cents + Math.round(Number(usd) * 100), 10)
  expect(Math.round(Number(total.provider_cost.usd) * 100)).toBe(owed)
  expect((await operator('DELETE', `/v1/bills/${bill.id}`)).status).toBe(404)
  const audit = (await operator('GET', '/v1/ledger/audit?full=true')).json
  expect(audit.checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])

  const retries = (await operator('GET', '/v1/retries')).json.data
  expect(retries).toMatchObject([{ key: 'sora-2', videos: 18, retried: 0, retry_percent: 0, alert: false }])
  expect((await world.call('GET', '/metrics')).bytes.toString()).toContain('filmgate_retried_percent')
  await stop()
})
