import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parseConfiguration } from './config-file.ts'

const ENV = { STUDIO_A_KEY: 'sk-very-secret', EMPTY: '' }
const WHOLE = `providers:
  - name: studio-a                      # a comment
    adapter: openai
    profile: openai
    base_url: http://127.0.0.1:9100/v1/
    api_key: { env: STUDIO_A_KEY }
    models: [sora-2, sora-2-pro]
    rate_card: openai-2026-05
    limits: { open_videos: 20 }
    poll: { first_s: 10, later_s: 30 }
    deadline_s: 1800
    trusted_hosts: ["127.0.0.1:9100"]
customer_rate_card: openai-2026-05
`

function settings(text: string) {
  const read = parseConfiguration(text, 'filmgate.yaml', ENV)
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  return read.settings
}

function sentence(text: string): string {
  const read = parseConfiguration(text, 'filmgate.yaml', ENV)
  return read.outcome === 'wrong' ? read.sentence : 'it was read'
}

describe('a configuration', () => {
  test('makes accounts and routes, and ends demo mode', () => {
    const { accounts, routes, customer_card } = settings(WHOLE)
    expect(accounts).toMatchObject([
      { name: 'studio-a', adapter: 'openai', profile: 'openai', base_url: 'http://127.0.0.1:9100/v1', open_limit: 20 },
    ])
    expect(accounts[0]?.api_key?.reveal()).toBe('sk-very-secret')
    expect(routes.map(({ name, demo }) => [name, demo])).toEqual([
      ['studio-a/sora-2', false],
      ['studio-a/sora-2-pro', false],
      ['animatic/animatic', false],
    ])
    expect(routes[0]).toMatchObject({ poll: { first_s: 10, later_s: 30 }, deadline_s: 1800, provider_rate_card: { id: 'openai-2026-05' } })
    expect(customer_card.id).toBe('openai-2026-05')
  })

  test('limits nobody unless it says so, and then what it names', () => {
    expect(settings(WHOLE).limits).toEqual({ creates_per_minute: null, open_videos: null, reads_per_minute: null })
    expect(settings(`${WHOLE}limits: { creates_per_minute: 30, open_videos: null }\n`).limits).toEqual({
      creates_per_minute: 30,
      open_videos: null,
      reads_per_minute: null,
    })
  })

  test('has the shipped usage tiers, or the ladder that it names instead; its routes a relaxed lane where it says so', () => {
    expect(settings(WHOLE)).toMatchObject({ tiers: [{ id: 'tier-1' }, { id: 'tier-2' }], guardrails: null })
    expect(settings(WHOLE).routes.map(({ provider, relaxed_slots }) => [provider, relaxed_slots])).toContainEqual(['studio-a', 0])
    const own = settings(`${WHOLE.replace('    deadline_s: 1800\n', '    deadline_s: 1800\n    relaxed_slots: 2\n')}tiers:
  - { id: paid, name: Paid, from_usd: "9.99", since: 2026-03-01, pools: [{ name: video, open_videos: 3 }] }
guardrails: { seconds: [4], price_floor: { percent_of_cost: 108 } }
`)
    expect(own.tiers).toEqual([
      {
        id: 'paid',
        name: 'Paid',
        from_micro: 9_990_000n,
        pools: [{ name: 'video', models: null, creates_per_minute: null, open_videos: 3 }],
        reads_per_minute: null,
        since: '2026-03-01',
        source: 'the configuration file',
      },
    ])
    expect(own.guardrails).toMatchObject({ seconds: [4], models: null, price_floor: { credits: null, percent_of_cost: 108 } })
    expect(own.routes.filter(({ provider }) => provider === 'studio-a').every(({ relaxed_slots }) => relaxed_slots === 2)).toBe(true)
  })

  test('has the shipped plans and packs, beside or instead of which it names its own', () => {
    expect(settings(WHOLE).plans.map(({ id }) => id)).toEqual(['free', 'plus', 'pro'])
    const { plans, packs } = settings(`${WHOLE}plans:
  - { id: plus, name: More, price_usd: "9.99", credits: 500, since: 2026-03-01 }
  - { id: max, name: Max, price_usd: "900", credits: 50000, rollover_max: 100, clips_a_day: [{ from: 2026-03-01, clips: 5 }], since: 2026-03-01 }
packs: [{ id: small, name: Small, price_usd: "1", credits: 100, since: 2026-03-01 }]
`)
    expect(plans.map(({ id }) => id)).toEqual(['free', 'pro', 'plus', 'max'])
    expect(plans[2]).toMatchObject({
      price_micro: 9_990_000n,
      credits: 500n,
      rollover_max: 0n,
      models: null,
      longest_s: null,
      relaxed: false,
    })
    expect(packs.at(-1)).toMatchObject({ id: 'small', price_micro: 1_000_000n, credits: 100n, months: 12 })
  })

  test('says where providers may call back, once and for all of them, and in which field one takes that', () => {
    expect(settings(WHOLE)).toMatchObject({ public_url: null, accounts: [{ callback_field: null }] })
    const text = `${WHOLE.replace('    deadline_s', '    callback_field: webhook_url\n    deadline_s')}public_url: https://films.example/gateway/\n`
    expect(settings(text)).toMatchObject({ public_url: 'https://films.example/gateway', accounts: [{ callback_field: 'webhook_url' }] })
  })

  test('shows its keys to nobody', () => {
    const { accounts } = settings(WHOLE)
    for (const shown of [JSON.stringify(accounts), inspect(accounts, { depth: 9, showHidden: true }), String(accounts[0]?.api_key)]) {
      expect(shown).not.toContain('very-secret')
    }
  })

  test('may be JSON, indented by tabs, and may be empty', () => {
    const json =
      '{\n\t"providers": [\n\t\t{\n\t\t\t"name": "a", "adapter": "openai", "base_url": "https://a.example/v1", "rate_card": "openai-2026-05" }\n\t]\n}\n'
    expect(settings(json).routes.map(({ name }) => name)).toEqual(['a/sora-2', 'a/sora-2-pro', 'animatic/animatic'])
    for (const empty of ['', '# nothing yet\n', '{}']) expect(settings(empty).routes.filter(({ demo }) => demo)).toHaveLength(2)
  })

  test('keeps a default model without a price as a route that is never chosen', () => {
    const { routes } = settings('providers:\n  - { name: a, adapter: openai, base_url: "https://a.example/v1" }\n')
    expect(routes.map((route) => [route.name, route.provider_rate_card?.id ?? null])).toEqual([
      ['a/sora-2', null],
      ['a/sora-2-pro', null],
      ['animatic/animatic', 'animatic'],
    ])
  })

  test('may bring a rate card, and a model of a server of its own under another name', () => {
    const { routes, cards } = settings(`providers:
  - name: gpu
    adapter: openai
    profile: vllm-omni
    base_url: http://gpu:8000/v1
    models: [{ model: sora-2, provider_model: Wan2.2 }]
    rate_card: electricity
rate_cards:
  - kind: rates
    id: electricity
    version: 1
    title: What the power costs
    effective_on: 2026-11-01
    source: { name: ours, read_on: 2026-11-01 }
    currency: usd
    lines: [{ models: [Wan2.2], sizes: [720p], seconds: { from: 1, to: 20 }, rate: { kind: per_second, amount: "0.01" } }]
`)
    expect(routes[0]).toMatchObject({ name: 'gpu/sora-2', provider_model: 'Wan2.2', provider_rate_card: { id: 'electricity' } })
    expect(cards.at(-1)?.id).toBe('electricity')
  })
})

describe('a mistake in a configuration is named with its line', () => {
  const changed = (from: string, to: string) => WHOLE.replace(from, to)
  const twice = WHOLE.replace('customer_rate_card: openai-2026-05\n', '') + WHOLE.split('\n').slice(1, 12).join('\n')
  test.each([
    ['an unknown key', changed('deadline_s:', 'dedline_s:'), 'line 11: providers[0] has an unknown key "dedline_s"'],
    ['an unknown key inside', changed('open_videos', 'open'), 'line 9: providers[0].limits has an unknown key "open"'],
    ['an unknown key of all', changed('customer_rate_card', 'customers'), 'line 13: the file has an unknown key "customers"'],
    ['a missing variable', changed('STUDIO_A_KEY', 'STUDIO_B_KEY'), 'line 6: providers[0].api_key names a variable that is not set'],
    ['an empty variable', changed('STUDIO_A_KEY', 'EMPTY'), 'line 6: providers[0].api_key names a variable that is not set'],
    [
      'a key in place of a variable',
      changed('STUDIO_A_KEY', 'sk-very-secret'),
      'line 6: providers[0].api_key.env must be the name of a variable, in capitals',
    ],
    [
      'two equal plans',
      `${WHOLE}plans:\n${'  - { id: a, name: A, price_usd: "1", credits: 1, since: 2026-03-01 }\n'.repeat(2)}`,
      'line 16: plans[1].id is a second "a" in this list',
    ],
    [
      'two equal tiers',
      `${WHOLE}tiers:\n${'  - { id: a, name: A, from_usd: "1", since: 2026-03-01 }\n'.repeat(2)}`,
      'line 16: tiers[1].id is a second "a" in this list',
    ],
    [
      'a default that the guardrails exclude',
      `${WHOLE}guardrails:\n  sizes: [1280x720]\n  default_size: 720x1280\n`,
      'line 16: guardrails.default_size must be one of `sizes`',
    ],
    [
      'guardrails that let nothing through',
      `${WHOLE}guardrails:\n  models: [sora-9]\n`,
      'line 15: guardrails.models names no model that is served; there is sora-2, sora-2-pro or animatic',
    ],
    [
      'a default model that nobody serves',
      `${WHOLE}guardrails:\n  default_model: sora-9\n`,
      'line 15: guardrails.default_model names no model that is served',
    ],
    ['no relaxed slots', changed('    deadline_s: 1800\n', '    relaxed_slots: 0\n'), 'providers[0].relaxed_slots must be at least 1'],
    [
      'a plan without a price',
      `${WHOLE}plans:\n  - { id: a, name: A, credits: 1, since: 2026-03-01 }\n`,
      'line 15: plans[0].price_usd is missing',
    ],
    [
      'a day that does not exist',
      `${WHOLE}packs:\n  - { id: a, name: A, price_usd: "1", credits: 1, since: 2026-02-29 }\n`,
      'line 15: packs[0].since must be a day that exists',
    ],
    ['two equal names', twice, 'line 13: providers[1].name names a second provider "studio-a"'],
    ['an unknown adapter', changed('adapter: openai', 'adapter: opanai'), 'line 3: providers[0].adapter must be openai'],
    ['an unknown profile', changed('profile: openai', 'profile: x'), 'line 4: providers[0].profile must be openai, azure, vllm-omni, '],
    [
      'an unknown rate card',
      changed('rate_card: openai-2026-05', 'rate_card: x'),
      'line 8: providers[0].rate_card names a rate card that does not exist: there is openai-2026-05,',
    ],
    [
      'an unknown card for customers',
      changed('customer_rate_card: openai-2026-05', 'customer_rate_card: x'),
      'line 13: customer_rate_card names a rate card that does not exist',
    ],
    [
      'a plan as a rate card',
      changed('customer_rate_card: openai-2026-05', 'customer_rate_card: pika-plans-2026-06'),
      'line 13: customer_rate_card names a rate card that does not exist',
    ],
    [
      'a model without a price',
      changed('    rate_card: openai-2026-05\n', ''),
      'line 7: providers[0].models[0] has no price: no rate_card says',
    ],
    [
      'a model without a price on the card',
      changed('rate_card: openai-2026-05', 'rate_card: animatic'),
      'line 7: providers[0].models[0] has no price: the rate card animatic does not sell it',
    ],
    [
      'a model that nobody knows',
      changed('sora-2-pro]', 'sora-3]'),
      'line 7: providers[0].models[1] is a model that the profile openai does not know: it knows sora-2 or sora-2-pro',
    ],
    ['a model twice', changed('sora-2-pro]', 'sora-2]'), 'line 7: providers[0].models[1] names "sora-2" a second time'],
    ['a missing address', changed('    base_url: http://127.0.0.1:9100/v1/\n', ''), 'line 2: providers[0].base_url is missing'],
    ['an address that is none', changed('http://127', 'file://127'), 'line 5: providers[0].base_url must be an http or https address'],
    [
      'a password in an address',
      changed('http://127', 'http://me:hunter2@127'),
      'line 5: providers[0].base_url must be an http or https address',
    ],
    ['a limit on customers of nothing', `${WHOLE}limits: { open_videos: 0 }\n`, 'line 14: limits.open_videos must be at least 1'],
    ['a limit on customers in words', `${WHOLE}limits:\n  reads_per_minute: many\n`, 'line 15: limits.reads_per_minute must be a number'],
    ['half a create', `${WHOLE}limits: { creates_per_minute: 0.5 }\n`, 'line 14: limits.creates_per_minute must be a whole number'],
    ['an unknown limit', `${WHOLE}limits: { creates: 5 }\n`, 'line 14: limits has an unknown key "creates"'],
    ['a number in place of limits', `${WHOLE}limits: 5\n`, 'line 14: limits must be a mapping'],
    ['a limit of nothing', changed('open_videos: 20', 'open_videos: 0'), 'line 9: providers[0].limits.open_videos must be at least 1'],
    ['a limit in words', changed('open_videos: 20', 'open_videos: many'), 'line 9: providers[0].limits.open_videos must be a number'],
    [
      'a host without a port',
      changed('127.0.0.1:9100"]', '127.0.0.1"]'),
      'line 12: providers[0].trusted_hosts[0] must be of the form host:port',
    ],
    ['the built-in name', changed('name: studio-a', 'name: animatic'), 'line 2: providers[0].name must not be animatic'],
    [
      'a strategy as a name',
      changed('name: studio-a', 'name: fastest'),
      'line 2: providers[0].name must not be the name of a routing strategy',
    ],
    ['a public address that is none', `${WHOLE}public_url: films.example\n`, 'line 14: public_url must be an http or https address'],
    [
      'a password in the public address',
      `${WHOLE}public_url: https://me:hunter2@films.example\n`,
      'line 14: public_url must be an http or https address',
    ],
    ['a query in the public address', `${WHOLE}public_url: https://films.example/?a=1\n`, 'line 14: public_url must be an http or https'],
    ['a number as public address', `${WHOLE}public_url: 8787\n`, 'line 14: public_url must be text'],
    [
      'a field for callbacks that nobody can be called at',
      changed('    deadline_s', '    callback_field: webhook_url\n    deadline_s'),
      'line 11: providers[0].callback_field is of no use without `public_url`',
    ],
    [
      'a field for callbacks that every order has',
      changed('    deadline_s', '    callback_field: prompt\n    deadline_s'),
      'line 11: providers[0].callback_field must not be a field that every order has',
    ],
    [
      'a field for callbacks of two words',
      changed('    deadline_s', '    callback_field: "web hook"\n    deadline_s'),
      'line 11: providers[0].callback_field must be 1 to 63 letters',
    ],
    ['a list in place of the whole', '- a\n- b\n', 'line 1: the file must be a mapping'],
    ['a word in place of a list', 'providers: none\n', 'line 1: providers must be a list'],
    ['a key twice', changed('    deadline_s: 1800\n', '    deadline_s: 1800\n    deadline_s: 1\n'), 'line 12: it can not be read as YAML'],
    ['no YAML', 'providers: [\n  {{{\n', 'it can not be read as YAML'],
  ])('%s', (_name, text, expected) => {
    const said = sentence(text)
    expect(said).toMatch(/^filmgate\.yaml, line \d+: [^\n]+[^.]\.$/)
    expect(said).toContain(expected)
    expect(said).not.toMatch(/very-secret|hunter2/)
  })
})
