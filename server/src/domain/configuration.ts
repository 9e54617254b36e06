import { z } from 'zod'
import { KEY_OPTIONS, optionMistake } from './account-options.ts'
import { accountName } from './accounts.ts'
import { ADAPTER_NAMES, type AdapterName, termsOf, usualBaseUrl } from './adapters.ts'
import { builtInRoutes, entriesOf, entryOf, modelsOf, type Route } from './catalogue.ts'
import { type Guardrails, guardrailsSchema, unservedModel } from './guardrails.ts'
import { type Limits, limitsSchema, NO_LIMITS } from './limits.ts'
import { MAPPING_RULES } from './mapping.ts'
import { type Pack, type Plan, packSchema, planSchema, SHIPPED_PACKS, SHIPPED_PLANS } from './plans.ts'
import { POLL_DEFAULT, type PollSchedule } from './poll.ts'
import { BAD_ENDINGS, type BadEnding } from './provider-cost.ts'
import { type AnyCard, type RateCard, rateCardSchema } from './rate-card.ts'
import { DEFAULT_CARD, SHIPPED_CARDS } from './rate-cards/shipped.ts'
import { RETRY_ALERT, type RetryAlert, retryAlertSchema } from './retries.ts'
import { STRATEGIES } from './routing.ts'
import { knows, listed } from './sold.ts'
import { SHIPPED_TIERS, type Tier, tierSchema } from './tiers.ts'

// The configuration file (`FILMGATE_CONFIG`), as values: its schema, and what follows from it. Reading the file is `config-file.ts`.
// Messages are predicates ("must be …") and never repeat a value: it could be a key that slipped into the wrong line.

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be 1 to 63 letters, digits, dots, dashes and underscores')
  .refine((text) => !STRATEGIES.some((strategy) => strategy === text), 'must not be the name of a routing strategy')
  .refine((text) => text !== 'animatic', 'must not be animatic: that is the built-in provider')
const model_name = z.string().min(1).max(200)
const seconds = z.number().positive().max(3_600)

const KEY_FORM = 'must be text in one line of ASCII, or `{ env: NAME }` with the name of a variable in capitals'

const secret = z.union(
  [
    z.string().regex(/^[\x21-\x7e]{1,4096}$/, KEY_FORM),
    z.strictObject({ env: z.string().regex(/^[A-Z_][A-Z0-9_]{0,127}$/, 'must be the name of a variable, in capitals') }),
  ],
  KEY_FORM,
)

/** Of the wire format: what an address for callbacks must not take the place of. */
const ORDER_FIELDS = ['model', 'prompt', 'seconds', 'size', 'input_reference', 'video', 'characters', 'name']

const account_limits = z.strictObject({
  open_videos: z.int().min(1).max(1_000_000).exactOptional().describe('Videos in its hands at once; more wait.'),
  submits_per_minute: z.int().min(1).max(100_000).exactOptional().describe('Orders sent to it within any minute; more wait.'),
  submits_per_second: z.int().min(1).max(10_000).exactOptional().describe('Orders sent to it within any second; more wait.'),
})

const provider = z.strictObject({
  name: name.describe('Unique; shown in quotes, receipts and metrics.'),
  adapter: z.enum(ADAPTER_NAMES).describe('How the provider is spoken to.'),
  profile: z
    .enum(ADAPTER_NAMES.flatMap((adapter) => termsOf(adapter).profiles))
    .exactOptional()
    .describe('Dialect of an adapter that has several; of an OpenAI-compatible server `openai` unless told.'),
  base_url: z
    .string()
    .refine(isBaseUrl, 'must be an http or https address without a query, a fragment, a user or a password')
    .exactOptional()
    .describe('Up to and with the version: `https://api.example.com/v1`. By default where the vendor of the adapter is reached.'),
  api_key: secret.exactOptional().describe('Sent with every request to this provider; never printed and never stored.'),
  credentials: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be 1 to 63 letters, digits, dots, dashes and underscores'),
        api_key: secret,
        limits: account_limits.exactOptional(),
      }),
    )
    .max(100)
    .exactOptional()
    .describe(
      'Further keys beside `api_key`: each is an account of its own, with its own limits, and takes over where another one is refused.',
    ),
  options: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be small letters, digits and underscores'), secret)
    .exactOptional()
    .describe('What an adapter needs beside a key, by name: text, or `{ env: NAME }`. Never printed and never stored.'),
  models: z
    .array(
      z.union(
        [model_name, z.strictObject({ model: model_name, provider_model: model_name })],
        'must be the name of a model, or `{ model, provider_model }`',
      ),
    )
    .min(1)
    .max(200)
    .exactOptional()
    .describe('What it serves: names that customers ask for. By default all that the catalogue knows for this adapter and profile.'),
  rate_card: z.string().exactOptional().describe('What we pay this provider: the id of a shipped card or of one in `rate_cards`.'),
  bills: z
    .array(z.enum(BAD_ENDINGS))
    .max(BAD_ENDINGS.length)
    .exactOptional()
    .describe(
      'Ends without a clip that it charges for all the same, where its answers do not say what they cost; by default what the catalogue knows of its vendor.',
    ),
  limits: account_limits.exactOptional(),
  poll: z
    .strictObject({
      first_s: seconds.exactOptional().describe('Between status reads in the first minute.'),
      later_s: seconds.exactOptional().describe('Between status reads after it.'),
    })
    .exactOptional(),
  relaxed_slots: z
    .int()
    .min(1)
    .max(1_000)
    .exactOptional()
    .describe('It takes part in the relaxed lane: so many free videos at once on each of its routes, and only while no other video waits.'),
  deadline_s: z
    .int()
    .min(1)
    .max(86_400)
    .exactOptional()
    .describe(
      'After so long without a verdict the stage is `waiting_for_provider`; by default when nearly all orders of that kind would have come.',
    ),
  trusted_hosts: z
    .array(z.string().refine(isHostAndPort, 'must be of the form host:port, like 127.0.0.1:9100'))
    .max(100)
    .exactOptional()
    .describe('Other hosts that its results may be fetched from.'),
  mapping: z
    .enum(MAPPING_RULES)
    .exactOptional()
    .describe(
      'Whether it is asked for a longer or larger clip than was ordered, which is then trimmed or scaled: `nearest`, unless `exact` forbids it.',
    ),
  regions: z.array(z.string().min(1).max(63)).max(100).exactOptional().describe('Where it runs, for the `regions` of an order.'),
  callback_field: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'must be 1 to 63 letters, digits and underscores')
    .refine((field) => !ORDER_FIELDS.includes(field), 'must not be a field that every order has')
    .exactOptional()
    .describe('The field of an order in which this server takes an address to call back, like `webhook_url`. Needs `public_url`.'),
})

export const configurationSchema = z
  .strictObject({
    providers: z.array(provider).max(1_000).exactOptional(),
    rate_cards: z.array(rateCardSchema).max(1_000).exactOptional().describe('Price lists beside the shipped ones.'),
    customer_rate_card: z.string().exactOptional().describe('What customers pay unless their own setting says otherwise.'),
    plans: z.array(planSchema).max(100).exactOptional().describe('What customers may subscribe to, beside the shipped plans.'),
    packs: z.array(packSchema).max(100).exactOptional().describe('Credits that are bought once, beside the shipped packs.'),
    public_url: z
      .string()
      .max(1_000)
      .refine(isBaseUrl, 'must be an http or https address without a query, a fragment, a user or a password')
      .exactOptional()
      .describe('Where this server is reached from outside, like `https://films.example.com`: providers call back there.'),
    limits: limitsSchema
      .exactOptional()
      .describe('What every customer may ask for who was given no limits of their own; nothing is limited unless told.'),
    tiers: z
      .array(tierSchema)
      .min(1)
      .max(100)
      .exactOptional()
      .describe('Usage tiers, instead of the shipped ones, for customers to whom a tier was assigned.'),
    retry_alert: retryAlertSchema
      .exactOptional()
      .describe('When `GET /v1/retries` and the metrics call a share of retried videos too high.'),
    guardrails: guardrailsSchema
      .exactOptional()
      .describe('What may be ordered by every customer who was given no guardrails of their own; whatever is sold unless told.'),
  })
  .meta({ title: 'Filmgate configuration', description: 'The file that FILMGATE_CONFIG names, as YAML or JSON.' })

export type Configuration = z.output<typeof configurationSchema>
type ProviderConfiguration = z.output<typeof provider>

/** A provider's key. It shows itself to nobody who does not ask for it: not in logs, not in JSON, not when inspected. */
export class ApiKey {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  reveal(): string {
    return this.#text
  }
  toString(): string {
    return '[redacted]'
  }
  toJSON(): string {
    return '[redacted]'
  }
}

/** One configured account at one provider: all that its adapter needs to know. */
export interface ProviderAccount {
  readonly adapter: AdapterName
  /** One of its adapter's; null: that has only one way to speak. */
  readonly profile: string | null
  readonly name: string
  /** Without a slash at its end. */
  readonly base_url: string
  readonly api_key: ApiKey | null
  /** What its adapter needs beside a key; all that it requires is there. */
  readonly options?: Readonly<Record<string, ApiKey>>
  /** `host:port`. */
  readonly trusted_hosts: readonly string[]
  /** Null: no limit. */
  readonly open_limit: number | null
  readonly sends_per_minute?: number
  readonly sends_per_second?: number
  /** What it charges for beside clips; nothing unless told. */
  readonly bills?: readonly BadEnding[]
  /** The field that takes an address for callbacks, if it is another than the profile's. */
  readonly callback_field: string | null
}

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

/** What is wrong, as a predicate about the place at `path`. */
export interface Mistake {
  readonly outcome: 'mistake'
  readonly path: readonly (string | number)[]
  readonly what: string
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

/** An account of a known dialect, with an address and every option that its adapter requires. */
function accountOf(
  configured: ProviderConfiguration,
  api_key: ApiKey | null,
  env: Readonly<Record<string, string | undefined>>,
  path: Mistake['path'],
): ProviderAccount | Mistake {
  const { adapter } = configured
  const terms = termsOf(adapter)
  const profile = configured.profile ?? terms.profiles[0] ?? null
  if (profile !== null && !terms.profiles.includes(profile)) {
    const known = terms.profiles.length === 0 ? `${adapter} has none` : `${adapter} has ${listed(terms.profiles)}`
    return mistake([...path, 'profile'], `is not a profile of this adapter: ${known}`)
  }
  const base_url = configured.base_url ?? usualBaseUrl(adapter, profile)
  if (base_url === null)
    return mistake([...path, 'base_url'], `is missing: ${adapter} is spoken by many servers, and nothing says which one`)
  const options = optionsOf(configured, env, path)
  if ('outcome' in options) return options
  return {
    adapter,
    profile,
    name: configured.name,
    base_url: base_url.replace(/\/+$/, ''),
    api_key,
    options: options.values,
    trusted_hosts: configured.trusted_hosts ?? [],
    ...limitsOf(configured.limits),
    bills: configured.bills ?? billedAt(adapter, profile),
    callback_field: configured.callback_field ?? null,
  }
}

/** One account for each further credential: the same but for its key and its limits. */
function furtherAccounts(
  { name: provider_name, api_key, credentials = [] }: ProviderConfiguration,
  account: ProviderAccount,
  env: Readonly<Record<string, string | undefined>>,
  path: Mistake['path'],
): readonly ProviderAccount[] | Mistake {
  if (credentials.length > 0 && api_key === undefined)
    return mistake([...path, 'credentials'], 'is for further keys: the first one is `api_key`, which is missing')
  const instead = KEY_OPTIONS[account.adapter]
  if (credentials.length > 0 && instead !== undefined && account.options?.[instead] !== undefined)
    return mistake([...path, 'credentials'], `is for further keys, and this account shows its ${instead} instead of a key`)
  const further: ProviderAccount[] = []
  for (const [at, credential] of credentials.entries()) {
    const place = [...path, 'credentials', at]
    const own_name = accountName(provider_name, credential.name)
    if (further.some((other) => other.name === own_name))
      return mistake([...place, 'name'], 'is that of another credential of this provider')
    const key = secretOf(credential.api_key, env)
    if (key === 'missing') return mistake([...place, 'api_key'], 'names a variable that is not set')
    if ([account, ...further].some((other) => other.api_key?.reveal() === key.reveal()))
      return mistake([...place, 'api_key'], 'is a key that this provider has already: each is an account of its own')
    const { sends_per_minute: _minute, sends_per_second: _second, ...same } = account
    further.push({ ...same, name: own_name, api_key: key, ...limitsOf(credential.limits) })
  }
  return further
}

function limitsOf(limits: ProviderConfiguration['limits']): Pick<ProviderAccount, 'open_limit' | 'sends_per_minute' | 'sends_per_second'> {
  const { open_videos = null, submits_per_minute, submits_per_second } = limits ?? {}
  return {
    open_limit: open_videos,
    ...(submits_per_minute === undefined ? {} : { sends_per_minute: submits_per_minute }),
    ...(submits_per_second === undefined ? {} : { sends_per_second: submits_per_second }),
  }
}

/** What the catalogue says that this vendor charges for beside clips. */
function billedAt(adapter: AdapterName, profile: string | null): readonly BadEnding[] {
  return [...new Set(entriesOf(adapter, profile).flatMap(({ facts }) => facts?.bills ?? []))]
}

function optionsOf(
  { adapter, options = {} }: ProviderConfiguration,
  env: Readonly<Record<string, string | undefined>>,
  path: Mistake['path'],
): { readonly values: Readonly<Record<string, ApiKey>> } | Mistake {
  const known = termsOf(adapter).options
  const values: Record<string, ApiKey> = {}
  for (const [option, told] of Object.entries(options)) {
    if (known[option] === undefined) {
      const names = Object.keys(known)
      return mistake(
        [...path, 'options', option],
        `is not an option of this adapter: ${names.length === 0 ? 'it has none' : listed(names)}`,
      )
    }
    const value = secretOf(told, env)
    if (value === 'missing') return mistake([...path, 'options', option], 'names a variable that is not set')
    values[option] = value
  }
  const missing = Object.keys(known).find((option) => known[option] === 'required' && values[option] === undefined)
  if (missing !== undefined) return mistake([...path, 'options'], `lacks ${missing}, which this adapter needs`)
  const wrong = optionMistake(adapter, (option) => values[option]?.reveal() ?? null)
  return wrong === null ? { values } : mistake([...path, 'options', ...(wrong.option === null ? [] : [wrong.option])], wrong.what)
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

function keyOf({ api_key }: ProviderConfiguration, env: Readonly<Record<string, string | undefined>>): ApiKey | null | 'missing' {
  return api_key === undefined ? null : secretOf(api_key, env)
}

function secretOf(told: string | { readonly env: string }, env: Readonly<Record<string, string | undefined>>): ApiKey | 'missing' {
  const text = typeof told === 'string' ? told : env[told.env]?.trim()
  return text ? new ApiKey(text) : 'missing'
}

function ratesOf(cards: readonly AnyCard[], id: string): RateCard | null {
  return cards.find((card): card is RateCard => card.id === id && card.kind === 'rates') ?? null
}

function noCard(path: Mistake['path'], cards: readonly AnyCard[]): Mistake {
  const ids = cards.filter(({ kind }) => kind === 'rates').map(({ id }) => id)
  return mistake(path, `names a rate card that does not exist: there is ${listed(ids)}`)
}

function mistake(path: Mistake['path'], what: string): Mistake {
  return { outcome: 'mistake', path, what }
}

/** As `net/trusted.ts` reads them. */
function isHostAndPort(text: string): boolean {
  const [, host = '', port = ''] = /^([A-Za-z0-9._-]+|\[[0-9a-f:]+\]):(\d{1,5})$/.exec(text) ?? []
  return URL.parse(`http://${host}/`) !== null && Number(port) >= 1 && Number(port) <= 65_535
}

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false
  return url.search === '' && url.hash === '' && url.username === '' && url.password === ''
}
