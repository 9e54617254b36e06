import { PROBLEM_CODES } from '@filmgate/client'
import { expect, test } from 'vitest'
import contract from '../../openapi.json' with { type: 'json' }
import recorded from './testing/recorded.json' with { type: 'json' }
import { golden, NOON_MS, refused, type TerminalOptions } from './testing/terminal.ts'

const health = (ahead_s = 0) => Response.json({ status: 'ok' }, { headers: { date: new Date(NOON_MS + ahead_s * 1_000).toUTCString() } })
const sound: TerminalOptions['answers'] = {
  'GET /healthz': health(),
  'GET /readyz': { status: 'ok' },
  'GET /openapi.json': { ...contract, info: { ...contract.info, version: '0.1.0' } },
  'GET /v1/balance': recorded.balance,
  'GET /v1/routes': { ...recorded.routes, data: recorded.routes.data.map(({ demo: _demo, ...route }) => route) },
}
const doctor = async (name: string, answers: TerminalOptions['answers'], more: Partial<TerminalOptions> = {}) =>
  (await golden(`doctor-${name}`, { answers: { ...sound, ...answers }, columns: 80, ...more }, 'doctor')).exit

test('the doctor finds nothing wrong, and says what it looked at', async () => {
  expect(await doctor('sound', {})).toBe(0)
  expect(await doctor('narrow', {}, { columns: 40 })).toBe(0)
  const { stdout } = await golden('doctor-json', { answers: sound }, 'doctor', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ object: 'diagnosis', ok: true })
})

test('each thing that can be wrong has its sentence and its exit code', async () => {
  const lost = () => {
    throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })
  }
  const page = new Response('<h1>It works!</h1>', { headers: { 'content-type': 'text/html' } })
  const starting = refused(503, 'starting', 'The database is being restored.')
  const wrong_key = refused(401, 'invalid_api_key', 'This API key is not known here.')
  const operator = refused(400, 'customer_required', 'An operator acts for a customer here.')
  const older = { ...contract, info: { ...contract.info, version: '0.0.9' }, paths: { '/v1/videos': {} } }
  const [route] = recorded.routes.data
  const breaker = { state: 'open', of: 'studio-a', cause: 'balance', failures: 3, since: 1, retry_at: null }
  expect(await doctor('no-server', { 'GET /healthz': lost })).toBe(10)
  expect(await doctor('not-filmgate', { 'GET /healthz': page })).toBe(10)
  expect(await doctor('no-key', {}, { env: { FILMGATE_KEY: '' } })).toBe(3)
  expect(await doctor('wrong-key', { 'GET /v1/balance': wrong_key })).toBe(3)
  expect(await doctor('operator', { 'GET /v1/balance': operator, 'GET /v1/routes': recorded.routes })).toBe(0)
  expect(await doctor('starting', { 'GET /readyz': starting })).toBe(11)
  expect(await doctor('older', { 'GET /openapi.json': older })).toBe(11)
  expect(await doctor('clock', { 'GET /healthz': health(400) })).toBe(11)
  expect(await doctor('breaker', { 'GET /v1/routes': { ...recorded.routes, data: [{ ...route, breaker }] } })).toBe(11)
  expect(PROBLEM_CODES).toEqual(expect.arrayContaining(['starting', 'invalid_api_key', 'customer_required']))
})
