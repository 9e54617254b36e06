import { KEY_OPTIONS, optionMistake } from './account-options.ts'
import { accountName } from './accounts.ts'
import { type AdapterName, termsOf, usualBaseUrl } from './adapters.ts'
import { entriesOf } from './catalogue.ts'
import { type Mistake, mistake, type ProviderConfiguration } from './configuration.ts'
import type { BadEnding } from './provider-cost.ts'
import { listed } from './sold.ts'

type Environment = Readonly<Record<string, string | undefined>>

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

/** An account of a known dialect, with an address and every option that its adapter requires. */
export function accountOf(
  configured: ProviderConfiguration,
  api_key: ApiKey | null,
  env: Environment,
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
export function furtherAccounts(
  { name: provider_name, api_key, credentials = [] }: ProviderConfiguration,
  account: ProviderAccount,
  env: Environment,
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
  env: Environment,
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

/** Null: it needs none. `missing`: its variable is not set. */
export function keyOf({ api_key }: ProviderConfiguration, env: Environment): ApiKey | null | 'missing' {
  return api_key === undefined ? null : secretOf(api_key, env)
}

function secretOf(told: string | { readonly env: string }, env: Environment): ApiKey | 'missing' {
  const text = typeof told === 'string' ? told : env[told.env]?.trim()
  return text ? new ApiKey(text) : 'missing'
}
