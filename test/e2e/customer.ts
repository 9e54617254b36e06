import { expect } from 'vitest'
import type { Json } from './call.ts'
import { eventually } from './eventually.ts'
import type { Server } from './server.ts'

export interface Customer {
  readonly id: string
  readonly key: string
}

/** A new customer with a key and credits, as an operator makes one. */
export async function newCustomer(server: Server, credits: number, settings: { readonly rate_card?: string } = {}): Promise<Customer> {
  const customer = await server.operate('POST', '/v1/customers', { name: 'Journey', ...settings })
  const { key } = await server.operate('POST', `/v1/customers/${customer.id}/keys`, { name: 'journey' })
  await server.operate('POST', `/v1/customers/${customer.id}/grants`, { credits, kind: 'pack' })
  return { id: customer.id, key }
}

/** Everything a list has, page after page. */
export async function listAll(server: Server, key: string, path: string): Promise<Json[]> {
  const all: Json[] = []
  for (let after = ''; ; ) {
    const page = await server.call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100${after}`, { key })
    expect(page.status, page.bytes.toString()).toBe(200)
    all.push(...page.json.data)
    if (!page.json.has_more) return all
    after = `&after=${page.json.last_id}`
  }
}

export async function balanceOf(server: Server, key: string): Promise<Json> {
  const answer = await server.call('GET', '/v1/balance', { key })
  expect(answer.status, answer.bytes.toString()).toBe(200)
  return answer.json
}

export async function readVideo(server: Server, key: string, id: string): Promise<Json> {
  const answer = await server.call('GET', `/v1/videos/${id}`, { key })
  expect(answer.status, answer.bytes.toString()).toBe(200)
  return answer.json
}

/** Waits until a video is as wanted. */
export function videoThat(server: Server, key: string, id: string, wanted: (video: Json) => boolean, most_ms?: number): Promise<Json> {
  let last: Json = null
  return eventually(
    async () => {
      last = await readVideo(server, key, id)
      return wanted(last) ? last : null
    },
    most_ms,
    () => `it still is ${JSON.stringify(last)}`,
  )
}

/** The audit recomputes the whole ledger; whatever it finds wrong fails the test by name. */
export async function expectCleanAudit(server: Server): Promise<void> {
  const audit = await server.operate('GET', '/v1/ledger/audit?full=true')
  expect(audit.checks.filter((check: Json) => !check.ok)).toEqual([])
  expect(audit.checks.length).toBeGreaterThan(0)
  expect(audit.ok).toBe(true)
}
