import { describe, expect, test } from 'vitest'
import contract from '../../openapi.json' with { type: 'json' }
import { COMMANDS as TABLE } from './commands.ts'
import recorded from './testing/recorded.json' with { type: 'json' }
import { golden, refused, type TerminalOptions, terminal } from './testing/terminal.ts'
import { widthOf } from './text/width.ts'

// Every command that only reads (and the few that change a key or a customer), rendered from answers that a real gateway gave (recorded.json).

const VIDEO = recorded.video.id
const FAILED = recorded.failed_video.id
const CUSTOMER = recorded.customers.data[1]?.id ?? ''
const listOf = (...data: readonly unknown[]) => ({ object: 'list', data, first_id: null, last_id: null, has_more: false })

const answers: TerminalOptions['answers'] = {
  [`GET /v1/videos/${VIDEO}`]: recorded.video,
  [`GET /v1/videos/${VIDEO}/receipt`]: recorded.receipt,
  [`GET /v1/videos/${FAILED}`]: recorded.failed_video,
  [`GET /v1/videos/${FAILED}/receipt`]: recorded.failed_receipt,
  'GET /v1/balance': recorded.balance,
  'GET /v1/ledger': recorded.ledger,
  'POST /v1/comparisons': recorded.comparison,
  'GET /v1/customers': recorded.customers,
  [`GET /v1/customers/${CUSTOMER}/keys`]: recorded.keys,
  [`POST /v1/customers/${CUSTOMER}/keys`]: recorded.new_key,
  [`DELETE /v1/customers/${CUSTOMER}/keys/${recorded.revoked_key.id}`]: recorded.revoked_key,
  'GET /v1/attempts': recorded.attempts,
  'GET /v1/ledger/audit': recorded.audit,
  'GET /v1/margin': recorded.margin,
  'GET /v1/rate_cards': recorded.rate_cards,
  ...Object.fromEntries(recorded.rate_cards.data.map((card) => [`GET /v1/rate_cards/${card.id}`, card])),
  'GET /v1/routes': recorded.routes,
}
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  receipt: ['receipt', VIDEO],
  'receipt-failed': ['receipt', FAILED],
  why: ['why', VIDEO],
  'why-failed': ['why', FAILED],
  balance: ['balance'],
  grants: ['grants'],
  ledger: ['ledger'],
  compare: ['compare', '--seconds', '8', '--clips', '50'],
  'rate-cards': ['rate-cards'],
  'rate-card': ['rate-cards', 'app-credits-2026-01'],
  'rate-card-plans': ['rate-cards', 'runway-plans-2026-05'],
  customers: ['customers'],
  keys: ['keys', '--customer', CUSTOMER],
  attempts: ['attempts'],
  audit: ['audit'],
  margin: ['margin', '--from', '2026-11-01'],
  'catalogue-check': ['catalogue', 'check', '--days', '30'],
}

describe('what is read is shown', () => {
  test.each(Object.entries(COMMANDS))('%s: on a terminal, on a narrow one, and as JSON that can be read again', async (name, argv) => {
    const wide = await golden(name, { answers, columns: 120 }, ...argv)
    const narrow = await golden(`${name}-narrow`, { answers, columns: 40 }, ...argv)
    for (const [most, { stdout, stderr }] of [[120, wide] as const, [40, narrow] as const]) {
      expect((stdout + stderr).split('\n').filter((line) => widthOf(line) > most)).toEqual([])
    }
    const piped = await terminal({ answers }, ...argv)
    expect([piped.exit, piped.stdout.includes('…')], 'what goes into a pipe is never cut').toEqual([wide.exit, false])
    const json = await terminal({ answers }, ...argv, '--json')
    expect([json.exit, json.stderr]).toEqual([wide.exit, ''])
    expect(JSON.parse(json.stdout)).toBeTypeOf('object')
    const lines = await terminal({ answers }, ...argv, '--jsonl')
    expect(lines.exit).toBe(wide.exit)
    for (const line of lines.stdout.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  })
})

test('a list is asked for page by page, no further than it is shown, and says when there is more', async () => {
  const [first, second, third, ...others] = recorded.ledger.data
  const pages = [
    { ...listOf(first, second), has_more: true, last_id: 'entry_b' },
    { ...listOf(third, ...others), has_more: false, last_id: null },
  ]
  const { stdout, stderr, asked } = await terminal(
    { answers: { 'GET /v1/ledger': pages } },
    'ledger',
    '-n',
    '2',
    '--jsonl',
    '--kind',
    'hold',
  )
  expect([stdout.trim().split('\n').length, stderr]).toEqual([2, ''])
  expect(asked.map(({ path }) => path)).toEqual(['/v1/ledger?limit=3&kind=hold', '/v1/ledger?limit=3&kind=hold&after=entry_b'])
  await golden('ledger-more', { answers, columns: 120 }, 'ledger', '--limit', '2', '--video', VIDEO, '--oldest')
  const all = await terminal({ answers: { 'GET /v1/ledger': pages } }, 'ledger', '--all', '--json')
  expect(JSON.parse(all.stdout).data).toHaveLength(recorded.ledger.data.length)
})

test('the ledger as CSV is what the API says, to the byte', async () => {
  const csv = new Response(recorded.ledger_csv, { headers: { 'content-type': 'text/csv' } })
  const { stdout, asked } = await terminal({ answers: { 'GET /v1/ledger': csv } }, 'ledger', '--csv', '--from', '2026-11-01')
  expect(stdout).toBe(recorded.ledger_csv)
  expect([asked[0]?.path, asked[0]?.headers.get('accept')]).toEqual(['/v1/ledger?from=1793491200', 'text/csv'])
})

test('a comparison of what few sell says who else would, for what, and where prices were read', async () => {
  const odd = { ...answers, 'POST /v1/comparisons': recorded.comparison_of_5_s }
  const { asked } = await golden('compare-sources', { answers: odd, columns: 100 }, 'compare', '-s', '5', '--sources')
  expect(asked.map(({ body }) => body)).toEqual([{ seconds: 5 }])
})

test('why tells what is not over yet, and what was deleted', async () => {
  const open = (stage: string) => ({
    ...recorded.video,
    status: 'in_progress',
    progress: 40,
    filmgate: { ...recorded.video.filmgate, stage, eta: { low_s: 30, high_s: 80 } },
  })
  const under_way = {
    ...recorded.receipt,
    charged: 0,
    refunds: [],
    attempts: [{ ...recorded.receipt.attempts[0], state: 'running', ended_at: null }],
  }
  const of = (video: unknown) => ({ ...answers, [`GET /v1/videos/${VIDEO}`]: video, [`GET /v1/videos/${VIDEO}/receipt`]: under_way })
  await golden('why-open', { answers: of(open('rendering')), columns: 80 }, 'why', VIDEO)
  await golden('why-unknown', { answers: of(open('submit_unknown')), columns: 80 }, 'why', VIDEO)
  const gone = { ...answers, [`GET /v1/videos/${VIDEO}`]: refused(404, 'not_found', 'There is no such video.') }
  await golden('why-deleted', { answers: gone, columns: 80 }, 'why', VIDEO)
})

test('an audit that finds something ends with 11 and says which check', async () => {
  const checks = recorded.audit.checks.map((check, at) =>
    at === 1 ? { ...check, ok: false, detail: 'account 7: available is 9, replayed 8' } : check,
  )
  const bad = { ...answers, 'GET /v1/ledger/audit': { ...recorded.audit, ok: false, checks: checks.slice(0, 3) } }
  const { exit, asked } = await golden('audit-failed', { answers: bad, columns: 80 }, 'audit', '--full')
  expect([exit, asked[0]?.path]).toEqual([11, '/v1/ledger/audit?full=true'])
})

test('catalogue check names what was read too long ago, and models that are at their end', async () => {
  const [route] = recorded.routes.data
  const source = { name: 'docs.example.com, pricing', url: 'https://docs.example.com/pricing', read_on: '2026-02-01' }
  const facts = { output_lifetime_s: null, bills: [], lost_submit: 'listed', data_handling: null, source }
  const ending = { state: 'ending', on: '2026-11-20', replacement: 'veo-4' }
  const routes = listOf({ ...route, id: 'studio/veo-3', facts, availability: ending })
  const { exit } = await golden(
    'catalogue-check-stale',
    { answers: { ...answers, 'GET /v1/routes': routes }, columns: 100 },
    'catalogue',
    'check',
  )
  expect(exit).toBe(11)
})

test('keys are made and revoked for a customer who is named; the key alone goes to stdout', async () => {
  const made = await golden(
    'keys-create',
    { answers, columns: 100 },
    'keys',
    'create',
    'nightly batch',
    '--day',
    '200',
    '--customer',
    CUSTOMER,
  )
  expect(made.stdout).toBe(`${recorded.new_key.key}\n`)
  expect(made.asked.map(({ body }) => body)).toEqual([{ name: 'nightly batch', budget: { day: 200 } }])
  await golden('keys-revoke', { answers, columns: 100 }, 'keys', 'revoke', recorded.revoked_key.id, '--customer', CUSTOMER)
  await golden('keys-whose', { answers, columns: 100 }, 'keys')
})

test('a customer is made, an attempt resolved', async () => {
  const [customer] = recorded.customers.data
  const of_customer = { answers: { 'POST /v1/customers': customer }, columns: 100 }
  const { asked } = await golden('customers-create', of_customer, 'customers', 'create', '등대 Studio')
  expect(asked.map(({ body }) => body)).toEqual([{ name: '등대 Studio' }])
  const [attempt] = recorded.attempts.data
  const path = `POST /v1/attempts/${attempt?.id}/resolve`
  const resolve = ['attempts', 'resolve', attempt?.id ?? '', 'not_delivered']
  const resolved = await golden(
    'attempts-resolve',
    { answers: { [path]: attempt }, columns: 100 },
    ...resolve,
    '--reason',
    'support says so',
  )
  expect(resolved.asked.map(({ body }) => body)).toEqual([{ verdict: 'not_delivered', reason: 'support says so' }])
  for (const wrong of [resolve, [...resolve.slice(0, 3), 'maybe', '--reason', 'x'], [...resolve, '--reason', 'x', '--provider-ref', 'y']]) {
    const { exit, asked } = await terminal({ answers }, ...wrong)
    expect([exit, asked.length]).toEqual([2, 0])
  }
})

test('a mistake in the command line asks nothing of anybody and says one sentence', async () => {
  for (const argv of [
    ['receipt'],
    ['ledger', '--from', 'yesterday'],
    ['ledger', '--from', '2026-02-30'],
    ['ledger', '--from', '2026-11-02', '--to', '2026-11-01'],
    ['ledger', '--csv', '--json'],
    ['ledger', '--limit', '0'],
    ['ledger', '--kind', 'theft'],
    ['compare', '--clips', '-5'],
    ['margin', '--by', 'moon'],
    ['keys'],
    ['catalogue'],
    ['webhooks', 'listen', '--event', 'video.eaten'],
    ['webhooks', 'listen', '--forward-to', 'localhost:3000'],
  ]) {
    const { exit, asked, stderr } = await terminal({ answers }, ...argv)
    expect([exit, asked.length], `${argv.join(' ')}\n${stderr}`).toEqual([2, 0])
  }
})

test('what a key may not do ends with 3 and says what would', async () => {
  const only = refused(403, 'operator_key_required', "This path needs an operator's key; a customer's key does not open it.")
  await golden('audit-forbidden', { answers: { 'GET /v1/ledger/audit': only }, columns: 80 }, 'audit')
})

test('what may be asked for is what the contract takes, word for word', async () => {
  const { paths } = contract
  const taken = (parameters: readonly { readonly name: string; readonly schema: object }[], name: string) => {
    const schema = parameters.find((one) => one.name === name)?.schema ?? {}
    return 'enum' in schema ? schema.enum : null
  }
  const choices = async (name: string, flag: string) => (await TABLE.find((one) => one.name === name)?.load())?.command.flags[flag]?.choices
  expect(await choices('attempts', 'state')).toEqual(taken(paths['/v1/attempts'].get.parameters, 'state'))
  expect(await choices('ledger', 'kind')).toEqual(taken(paths['/v1/ledger'].get.parameters, 'kind'))
})
