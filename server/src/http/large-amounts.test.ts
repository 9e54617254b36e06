import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../testing/app.ts'

const MOST = Number.MAX_SAFE_INTEGER

let kit: TestApp
beforeAll(async () => {
  kit = await testApp()
})
afterAll(() => kit.stop())

test('case 53: as many credits as JSON can say are given, held, taken and shown to the credit, and never more than that', async () => {
  const { id, key } = await kit.customer()
  const grant = (credits: number) => kit.ask('POST', `/v1/customers/${id}/grants`, { body: { credits, kind: 'pack' } })
  const balance = async () => {
    const { status, body } = await kit.ask('GET', '/v1/balance', { key })
    expect(status).toBe(200)
    return [body.available, body.held, body.spent]
  }
  expect((await grant(MOST)).body.credits).toBe(MOST)
  expect(await balance()).toEqual([MOST, 0, 0])
  expect((await grant(1)).body.error).toMatchObject({ code: 'invalid_value', param: 'credits' })

  const hold = await kit.ask('POST', '/v1/holds', { key, body: { credits: MOST } })
  expect([hold.status, hold.body.credits]).toEqual([200, MOST])
  expect(await balance()).toEqual([0, MOST, 0])
  const captured = await kit.ask('POST', `/v1/holds/${hold.body.id}/capture`, { key, body: { credits: MOST - 2 } })
  expect([captured.body.captured, captured.body.released]).toEqual([MOST - 2, 2])
  expect(await balance()).toEqual([2, 0, MOST - 2])

  // What was spent is shown too: more could be given and taken, and then nobody could say how much that was.
  expect((await grant(1)).body.error).toMatchObject({ code: 'invalid_value', param: 'credits' })
  expect(await balance()).toEqual([2, 0, MOST - 2])
  const { body } = await kit.ask('GET', '/v1/ledger', { key })
  expect(body.data.map(({ credits, available_after }: { credits: number; available_after: number }) => [credits, available_after])).toEqual(
    [
      [2, 2],
      [-MOST, 0],
      [MOST, MOST],
    ],
  )
  expect((await kit.ask('GET', '/v1/ledger/audit?full=true')).body.ok).toBe(true)
})
