import { describe, expect, it } from 'vitest'
import { Refusal, Unreachable } from '../api/client.ts'
import type { Quote } from '../api/quote.ts'
import { EMPTY, loadDraft, settle } from './draft.ts'
import type { Order } from './order.ts'
import { fingerprint } from './order.ts'
import { newKey, placeOrder } from './place.ts'
import { afford, isGoodFor, MARGIN_MS, quoteDelay, samePrice, TYPING_PAUSE_MS } from './quoting.ts'
import { cropTo } from './size.ts'

const order: Order = { prompt: 'A boat', model: 'sora-2', size: '1280x720', seconds: 4, first_frame: null }
const quote: Quote = {
  id: 'quote_1',
  credits: 40,
  usd: '0.40',
  expires_at: 1_800_000_600,
  rate_card: null,
  lines: [],
  route: null,
  eta: null,
  candidates: [],
  demo: false,
}

describe('asking for a price', () => {
  it('happens at once for the first order and for every choice', () => {
    expect(quoteDelay(null, order)).toBe(0)
    expect(quoteDelay(order, { ...order, seconds: 8 })).toBe(0)
    expect(quoteDelay(order, { ...order, first_frame: { id: 'picture-1@1280x720', data_url: 'data:' } })).toBe(0)
  })

  it('waits out typing, and does not happen when nothing changed', () => {
    expect(quoteDelay(order, { ...order, prompt: 'A boat l' })).toBe(TYPING_PAUSE_MS)
    expect(quoteDelay(order, { ...order })).toBeNull()
  })

  it('keeps the figure on screen only while the words alone differ', () => {
    expect(samePrice(order, { ...order, prompt: 'Another' })).toBe(true)
    expect(samePrice(order, { ...order, size: '720x1280' })).toBe(false)
  })
})

describe('a quote', () => {
  const lapse = quote.expires_at * 1000 - MARGIN_MS

  it('is handed in for exactly its own order only', () => {
    expect(isGoodFor(quote, fingerprint(order), order, lapse - 1)).toBe(true)
    expect(isGoodFor(quote, fingerprint(order), { ...order, prompt: 'A boat ' }, lapse - 1)).toBe(false)
  })

  it('is not handed in when it could lapse on the way', () => expect(isGoodFor(quote, fingerprint(order), order, lapse)).toBe(false))

  it('of exactly the available credits can be afforded', () => {
    expect(afford(40, 40)).toEqual({ can: true, left: 0 })
    expect(afford(40, 39)).toEqual({ can: false, short: 1 })
  })
})

describe('placing an order', () => {
  const accepted = {
    id: 'video_1',
    model: 'sora-2',
    status: 'queued',
    created_at: 1,
    size: '1280x720',
    seconds: '4',
    filmgate: { credits: { quoted: 40, held: 40, captured: 0, released: 0 }, stage: 'waiting_to_start' },
  }
  const refusal = (status: number, code: string) => new Refusal(status, code, 'No.', { param: null, request_id: null, details: {} })

  /** An API that gives these answers in turn and keeps what it was sent. */
  function apiThat(...answers: readonly (Error | object)[]) {
    const sent: { key: string | undefined; body: unknown }[] = []
    const waits: number[] = []
    const place = () =>
      placeOrder(
        {
          post: async (path, reader, call) => {
            sent.push({ key: call?.headers?.['idempotency-key'], body: call?.body })
            const answer = answers[sent.length - 1]
            if (answer === undefined || answer instanceof Error) throw answer ?? new Error('one request too many')
            return { body: reader(answer, path), headers: new Headers() }
          },
        },
        order,
        quote,
        'key-1',
        async (ms) => void waits.push(ms),
      )
    return { place, sent, waits }
  }

  it('repeats a lost request with the same key and the same body', async () => {
    const api = apiThat(new Unreachable(null), refusal(502, 'unknown'), accepted)
    expect((await api.place()).outcome).toBe('accepted')
    expect(api.sent).toHaveLength(3)
    expect(new Set(api.sent.map((request) => JSON.stringify(request))).size).toBe(1)
    expect(api.sent[0]).toEqual({
      key: 'key-1',
      body: { prompt: 'A boat', model: 'sora-2', size: '1280x720', seconds: '4', quote: 'quote_1' },
    })
  })

  it('does not call a lost answer a failure', async () => {
    const lost = new Unreachable(null)
    expect((await apiThat(lost, lost, lost, lost).place()).outcome).toBe('unknown')
  })

  it('never repeats a refusal', async () => {
    const api = apiThat(refusal(402, 'insufficient_credits'))
    expect((await api.place()).outcome).toBe('refused')
    expect(api.sent).toHaveLength(1)
  })

  it('asks for a new quote when this one cannot be honoured', async () => {
    for (const code of ['quote_expired', 'quote_mismatch', 'quote_used']) {
      expect((await apiThat(refusal(409, code)).place()).outcome).toBe('requote')
    }
  })

  it('has keys of 128 bits', () => {
    expect(newKey()).toMatch(/^[0-9a-f]{32}$/)
    expect(newKey()).not.toBe(newKey())
  })
})

describe('a draft', () => {
  const offers = [
    { id: 'sora-2', durations: [4, 8, 12], sizes: ['1280x720', '720x1280'] },
    { id: 'sora-2-pro', durations: [10, 15, 25], sizes: ['1792x1024', '1024x1792'] },
  ]

  it('without choices begins at the usual model and length, wherever they stand in the lists', () => {
    const animatic = { id: 'animatic', durations: [1, 2, 3, 4, 5], sizes: ['1280x720'] }
    expect(settle(EMPTY, [animatic, ...offers])).toEqual({ offer: offers[0], size: '1280x720', seconds: 4 })
    expect(settle(EMPTY, [animatic])).toEqual({ offer: animatic, size: '1280x720', seconds: 4 })
  })

  it('keeps orientation and the nearest length when the model changes', () => {
    expect(settle({ prompt: '', model: 'sora-2-pro', size: '720x1280', seconds: 12 }, offers)).toEqual({
      offer: offers[1],
      size: '1024x1792',
      seconds: 10,
    })
  })

  it('takes the shorter of two equally near lengths', () => {
    expect(settle({ ...EMPTY, seconds: 10 }, offers)?.seconds).toBe(8)
  })

  it('survives a reload, and a spoilt store', () => {
    const draft = { prompt: 'A boat', model: 'sora-2', size: '720x1280', seconds: 8 }
    expect(loadDraft({ getItem: () => JSON.stringify(draft) })).toEqual(draft)
    expect(loadDraft({ getItem: () => '{' })).toEqual(EMPTY)
    expect(loadDraft({ getItem: () => null })).toEqual(EMPTY)
  })
})

describe('a first frame', () => {
  it('is cut from the middle, never stretched', () => {
    expect(cropTo({ width: 4000, height: 3000 }, { width: 1280, height: 720 })).toEqual({ x: 0, y: 375, width: 4000, height: 2250 })
    expect(cropTo({ width: 2000, height: 500 }, { width: 1280, height: 720 })).toEqual({
      x: (2000 - (500 * 1280) / 720) / 2,
      y: 0,
      width: (500 * 1280) / 720,
      height: 500,
    })
  })
})
