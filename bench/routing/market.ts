// A market of routes as a configuration makes them: accounts at every provider that the catalogue knows, each under its shipped card, or under one
// that is written here where none is shipped.
import { ADAPTER_NAMES, type AdapterName, termsOf } from '../../server/src/domain/adapters.ts'
import { entriesOf, type Route } from '../../server/src/domain/catalogue.ts'
import { configurationSchema } from '../../server/src/domain/configuration.ts'
import { settle } from '../../server/src/domain/settings.ts'

const REGIONS = ['us', 'eu', 'asia']

/** Of accounts whose vendor has no shipped card: not what anybody takes, but of the size of what they do. */
const HOUSE_CARD = {
  kind: 'rates',
  id: 'bench-house',
  version: 1,
  title: 'What the bench pays where no card is shipped',
  currency: 'usd',
  effective_on: '2026-11-22',
  source: { name: 'bench/routing/market.ts', read_on: '2026-11-22' },
  lines: [
    { models: ['*'], sizes: 'any', seconds: { from: 1, to: 60 }, rate: { kind: 'per_second', amount: '0.08' } },
    { models: ['sora-2-pro'], sizes: ['720p', '1024p'], seconds: { from: 1, to: 60 }, rate: { kind: 'per_second', amount: '0.22' } },
    { models: ['sora-2-pro'], sizes: ['1080p'], seconds: { from: 1, to: 60 }, rate: { kind: 'per_second', amount: '0.45' } },
    { models: ['veo-3.1'], sizes: 'any', seconds: { from: 1, to: 60 }, rate: { kind: 'per_second', amount: '0.20' } },
    { models: ['veo-3.1-lite'], sizes: 'any', seconds: { from: 1, to: 60 }, rate: { kind: 'per_second', amount: '0.05' } },
  ],
} as const

/** Every dialect that serves a model, or stands for one, by default. */
function dialects(): readonly { readonly adapter: AdapterName; readonly profile: string | null }[] {
  return ADAPTER_NAMES.flatMap((adapter) => {
    const { profiles } = termsOf(adapter)
    const all = profiles.length === 0 ? [null] : profiles
    return all
      .map((profile) => ({ adapter, profile }))
      .filter((one) => entriesOf(one.adapter, one.profile).some(({ model }) => model !== '*'))
  })
}

/** The configuration file of so many accounts at each of them, with all that they serve by default. */
export function marketFile(accounts_each: number): unknown {
  const providers = dialects().flatMap(({ adapter, profile }) =>
    Array.from({ length: accounts_each }, (_, at) => {
      const { profiles, options, rate_card } = termsOf(adapter)
      const dialect = profile === null || profile === profiles[0] ? [] : [profile]
      return {
        name: [adapter, ...dialect, ...(accounts_each === 1 ? [] : [at + 1])].join('-'),
        adapter,
        ...(profile === null ? {} : { profile }),
        base_url: 'https://provider.example/v1',
        api_key: 'sk-bench',
        options: Object.fromEntries(Object.keys(options).flatMap((option) => (options[option] === 'required' ? [[option, 'bench']] : []))),
        regions: [REGIONS[at % REGIONS.length]],
        // One in five asks for nothing but what is ordered.
        ...(at % 5 === 4 ? { mapping: 'exact' } : {}),
        ...(rate_card === null ? { rate_card: HOUSE_CARD.id } : {}),
      }
    }),
  )
  return { providers, rate_cards: [HOUSE_CARD] }
}

/** The routes of that configuration. */
export function market(accounts_each: number): readonly Route[] {
  const settled = settle(configurationSchema.parse(marketFile(accounts_each)), {})
  if ('outcome' in settled) throw new Error(`${settled.path.join('.')} ${settled.what}`)
  return settled.routes
}

/** The fewest such accounts with at least so many routes for a model. */
export function accountsFor(model: string, routes: number): number {
  const of_one = market(1).filter((route) => route.model === model).length
  return Math.ceil(routes / of_one)
}
