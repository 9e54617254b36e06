import { type AdapterName, termsOf } from './adapters.ts'
import { builtInRoutes, entriesOf, entryOf, modelsOf, type Route } from './catalogue.ts'
import { type Configuration, type Mistake, mistake, type ProviderConfiguration } from './configuration.ts'
import { type Guardrails, unservedModel } from './guardrails.ts'
import { type Limits, NO_LIMITS } from './limits.ts'
import { type Pack, type Plan, SHIPPED_PACKS, SHIPPED_PLANS } from './plans.ts'
import { POLL_DEFAULT, type PollSchedule } from './poll.ts'
import { accountOf, furtherAccounts, keyOf, type ProviderAccount } from './provider-account.ts'
import type { AnyCard, RateCard } from './rate-card.ts'
import { DEFAULT_CARD, SHIPPED_CARDS } from './rate-cards/shipped.ts'
import { RETRY_ALERT, type RetryAlert } from './retries.ts'
import { knows, listed } from './sold.ts'
import { SHIPPED_TIERS, type Tier } from './tiers.ts'

/** What a configuration comes to. */
export interface Settings {
  readonly accounts: readonly ProviderAccount[]
  readonly routes: readonly Route[]
  readonly cards: readonly AnyCard[]
  readonly customer_card: RateCard
  /** Of every customer without limits of their own. */
  readonly limits: Limits
  readonly tiers: readonly Tier[]
  /** Of every customer without guardrails of their own. */
  readonly guardrails: Guardrails | null
  readonly plans: readonly Plan[]
  readonly packs: readonly Pack[]
  readonly retry_alert: RetryAlert
  /** Where this server is reached from outside, without a slash at its end; null: nobody has said. */
  readonly public_url: string | null
}

/** Without a configuration file: demo mode. */
export const BUILT_IN: Settings = {
  accounts: [],
  routes: builtInRoutes({ demo: true }),
  cards: SHIPPED_CARDS,
  customer_card: DEFAULT_CARD,
  limits: NO_LIMITS,
  tiers: SHIPPED_TIERS,
  guardrails: null,
  plans: SHIPPED_PLANS,
  packs: SHIPPED_PACKS,
  retry_alert: RETRY_ALERT,
  public_url: null,
}

/** Makes accounts, routes and cards of a configuration, or names its first mistake. As soon as one provider is configured the animatic stands in for nobody. */
export function settle(configuration: Configuration, env: Readonly<Record<string, string | undefined>>): Settings | Mistake {
  const { providers = [], rate_cards = [], customer_rate_card, public_url, limits = NO_LIMITS, tiers = SHIPPED_TIERS } = configuration
  const cards: AnyCard[] = [...SHIPPED_CARDS]
  for (const [at, card] of rate_cards.entries()) {
    if (cards.some(({ id }) => id === card.id)) return mistake(['rate_cards', at, 'id'], `names a second card ${JSON.stringify(card.id)}`)
    cards.push(card)
  }
  const customer_card = customer_rate_card === undefined ? DEFAULT_CARD : ratesOf(cards, customer_rate_card)
  if (customer_card === null) return noCard(['customer_rate_card'], cards)

  const plans = beside(SHIPPED_PLANS, configuration.plans ?? [], 'plans')
  if ('outcome' in plans) return plans
  const packs = beside(SHIPPED_PACKS, configuration.packs ?? [], 'packs')
  if ('outcome' in packs) return packs
  for (const [at, { id }] of tiers.entries()) {
    if (tiers.findIndex((other) => other.id === id) < at)
      return mistake(['tiers', at, 'id'], `is a second ${JSON.stringify(id)} in this list`)
  }

  const accounts: ProviderAccount[] = []
  const routes: Route[] = []
  for (const [at, configured] of providers.entries()) {
    const path = ['providers', at]
    if (accounts.some((other) => other.name === configured.name)) {
      return mistake([...path, 'name'], `names a second provider ${JSON.stringify(configured.name)}`)
    }
    if (configured.callback_field !== undefined && public_url === undefined)
      return mistake([...path, 'callback_field'], 'is of no use without `public_url`, which says where this server is reached')
    const api_key = keyOf(configured, env)
    if (api_key === 'missing') {
      return mistake([...path, 'api_key'], 'names a variable that is not set')
    }
    const card_id = configured.rate_card ?? termsOf(configured.adapter).rate_card
    const card = card_id === null ? null : ratesOf(cards, card_id)
    if (card === null && configured.rate_card !== undefined) return noCard([...path, 'rate_card'], cards)
    const account = accountOf(configured, api_key, env, path)
    if ('outcome' in account) return account
    const served = routesOf(configured, account, card, path)
    if ('outcome' in served) return served
    const further = furtherAccounts(configured, account, env, path)
    if ('outcome' in further) return further
    const names = [account, ...further].map((one) => one.name)
    accounts.push(account, ...further)
    routes.push(...served.map((route) => (further.length === 0 ? route : { ...route, accounts: names })))
  }
  routes.push(...builtInRoutes({ demo: accounts.length === 0 }))
  const { guardrails = null } = configuration
  const served = new Set(routes.map(({ model }) => model))
  const refuses = guardrails === null ? null : unservedModel(guardrails, served)
  if (refuses !== null) return mistake(['guardrails', refuses], `names no model that is served; there is ${listed([...served])}`)
  return {
    accounts,
    routes,
    cards,
    customer_card,
    limits,
    tiers,
    guardrails,
    plans,
    packs,
    retry_alert: configuration.retry_alert ?? RETRY_ALERT,
    public_url: public_url?.replace(/\/+$/, '') ?? null,
  }
}

/** Configured ones replace shipped ones of the same id; two of one id are a mistake. */
function beside<T extends { readonly id: string }>(shipped: readonly T[], configured: readonly T[], list: string): readonly T[] | Mistake {
  for (const [at, { id }] of configured.entries()) {
    if (configured.findIndex((other) => other.id === id) < at)
      return mistake([list, at, 'id'], `is a second ${JSON.stringify(id)} in this list`)
  }
  return [...shipped.filter(({ id }) => !configured.some((other) => other.id === id)), ...configured]
}

/**
 * A model that is listed must have a price; one that comes by default and has none becomes a route that is never chosen. By default an account
 * serves every model that the catalogue knows for it, under its own name, and those that nobody makes any more and it stands for.
 */
function routesOf(
  configured: ProviderConfiguration,
  { name, adapter, profile }: ProviderAccount,
  card: RateCard | null,
  path: readonly (string | number)[],
): readonly Route[] | Mistake {
  const wanted = configured.models?.map((entry): Served => {
    const { model, provider_model } = typeof entry === 'string' ? { model: entry, provider_model: entry } : entry
    return { name: `${name}/${model}`, model, provider_model }
  })
  const routes: Route[] = []
  const all = wanted ?? byDefault(name, adapter, profile)
  if (all.length === 0)
    return mistake(
      [...path, 'models'],
      `is missing: what ${profile === null ? 'this adapter' : `the profile ${profile}`} serves is for you to list`,
    )
  for (const [at, served] of all.entries()) {
    const { model, provider_model } = served
    const place = wanted === undefined ? path : [...path, 'models', at]
    if (routes.some((route) => route.name === served.name)) return mistake(place, `names ${JSON.stringify(model)} a second time`)
    const entry = entryOf(adapter, profile, provider_model) ?? entryOf(adapter, profile, model)
    if (entry === null) {
      const what = profile === null ? `the adapter ${adapter}` : `the profile ${profile}`
      return mistake(place, `is a model that ${what} does not know: it knows ${listed(modelsOf(adapter, profile))}`)
    }
    const priced = card !== null && (knows(card, provider_model) || knows(card, model))
    if (wanted !== undefined && !priced) {
      const where = card === null ? 'no rate_card says what we pay this provider' : `the rate card ${card.id} does not sell it`
      return mistake(place, `has no price: ${where}`)
    }
    routes.push({
      ...served,
      provider: name,
      adapter,
      abilities: entry.abilities,
      ...(entry.availability === undefined ? {} : { availability: entry.availability }),
      ...(entry.facts === undefined ? {} : { facts: entry.facts }),
      provider_rate_card: priced ? card : null,
      house_card: null,
      poll: pollOf(configured),
      deadline_s: configured.deadline_s ?? null,
      regions: configured.regions ?? [],
      ...(configured.mapping === undefined ? {} : { mapping: configured.mapping }),
      eta: { kind: 'seeds', model },
      relaxed_slots: configured.relaxed_slots ?? 0,
      demo: false,
    })
  }
  return routes
}

type Served = Pick<Route, 'name' | 'model' | 'provider_model'>

function byDefault(name: string, adapter: AdapterName, profile: string | null): readonly Served[] {
  return entriesOf(adapter, profile).flatMap(({ model: made, stands_for = [] }): readonly Served[] => {
    if (made === '*') return []
    const own = { name: `${name}/${made}`, model: made, provider_model: made }
    return [own, ...stands_for.map((model) => ({ name: `${name}/${model}/${made}`, model, provider_model: made }))]
  })
}

function pollOf({ poll }: ProviderConfiguration): PollSchedule {
  return { first_s: poll?.first_s ?? POLL_DEFAULT.first_s, later_s: poll?.later_s ?? POLL_DEFAULT.later_s }
}

function ratesOf(cards: readonly AnyCard[], id: string): RateCard | null {
  return cards.find((card): card is RateCard => card.id === id && card.kind === 'rates') ?? null
}

function noCard(path: Mistake['path'], cards: readonly AnyCard[]): Mistake {
  const ids = cards.filter(({ kind }) => kind === 'rates').map(({ id }) => id)
  return mistake(path, `names a rate card that does not exist: there is ${listed(ids)}`)
}
