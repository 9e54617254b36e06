import { describe, expect, it } from 'vitest'
import { capacityOf, readBalance } from './balance.ts'
import { apiWith, pollAfter, Refusal, Unreachable } from './client.ts'
import { readOffers } from './models.ts'
import { list, shape, text, Unreadable } from './read.ts'

const answer = (body: unknown, init?: ResponseInit) => async () => Response.json(body, init)

describe('the API client', () => {
  it('turns the error envelope into a refusal with code, field and reference', async () => {
    const error = { message: 'Needs more.', type: 'insufficient_credits', param: null, code: 'insufficient_credits', needed: 80 }
    const api = apiWith('key', answer({ error }, { status: 402, headers: { 'x-request-id': 'req_1' } }))
    const refusal = await api.get('/v1/balance', readBalance).catch((thrown: unknown) => thrown)
    expect(refusal).toBeInstanceOf(Refusal)
    expect(refusal).toMatchObject({ status: 402, code: 'insufficient_credits', request_id: 'req_1', details: { needed: 80 } })
  })

  it('calls silence and a broken answer the same: not known', async () => {
    const silent = apiWith('key', () => Promise.reject(new TypeError('failed to fetch')))
    const broken = apiWith('key', async () => new Response('{"avail'))
    await expect(silent.get('/v1/balance', readBalance)).rejects.toBeInstanceOf(Unreachable)
    await expect(broken.get('/v1/balance', readBalance)).rejects.toBeInstanceOf(Unreachable)
  })

  it('refuses an amount that is no whole number rather than showing it', async () => {
    const api = apiWith('key', answer({ available: '12', held: 0 }))
    await expect(api.get('/v1/balance', readBalance)).rejects.toThrow('available')
  })

  it('waits between looks as long as the server asks, within bounds', () => {
    const asked = (ms: string) => pollAfter(new Headers({ 'openai-poll-after-ms': ms }))
    expect([asked('500'), asked('1'), asked('900000'), asked('soon')]).toEqual([500, 250, 30_000, 1000])
    expect(pollAfter(new Headers())).toBe(1000)
  })
})

describe('readers', () => {
  it('name the place that was wrong', () => {
    const read = shape<{ rows: readonly { name: string }[] }>({ rows: list(shape<{ name: string }>({ name: text })) })
    expect(() => read({ rows: [{ name: 'a' }, { name: 1 }] }, 'answer')).toThrow(new Unreadable('answer.rows[1].name', 'text'))
  })

  it('offer only models that sell something', () => {
    const data = [
      { id: 'sora-2', filmgate: { durations: ['4', 8], sizes: ['1280x720'] } },
      { id: 'empty', filmgate: { durations: [], sizes: [] } },
      { id: 'foreign' },
    ]
    expect(readOffers({ data }, 'models')).toEqual([{ id: 'sora-2', durations: [4, 8], sizes: ['1280x720'] }])
  })

  it('take a full gate bar to be what the live grants once held', () => {
    const read = (value: object) => capacityOf(readBalance(value, 'balance'))
    expect(read({ available: 960, held: 40, spent: 500, grants: [{ credits: 1000, remaining: 960 }] })).toBe(1000)
    expect(read({ available: 960, held: 40, spent: 500 })).toBe(1500)
  })
})
