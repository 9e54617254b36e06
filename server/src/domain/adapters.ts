import { GOOGLE_PROFILES } from './catalogue/google.ts'
import { OPENAI_PROFILES } from './catalogue/openai.ts'

/** What the configuration of an account must know of its adapter. */
interface AdapterTerms {
  /** Where the vendor is reached, by profile where that makes a difference; null: the configuration must say. */
  readonly base_url: string | Readonly<Record<string, string>> | null
  /** Dialects, the usual one first; empty: it has only one. */
  readonly profiles: readonly string[]
  /** The shipped card of what we pay there, unless the configuration names another. */
  readonly rate_card: string | null
  /** Members of `options`: whether an account can do without. */
  readonly options: Readonly<Record<string, 'required' | 'optional'>>
}

/** Every way to speak to a provider but the built-in one. One row per adapter. */
export const ADAPTERS = {
  openai: { base_url: null, profiles: OPENAI_PROFILES, rate_card: null, options: {} },
  /** `callback_secret`: of the workspace, whose callbacks are signed with it. */
  openrouter: { base_url: 'https://openrouter.ai/api/v1', profiles: [], rate_card: null, options: { callback_secret: 'optional' } },
  runway: { base_url: 'https://api.dev.runwayml.com/v1', profiles: [], rate_card: 'runway-2026-07', options: {} },
  /** `jwks_url`: where the keys are that its callbacks are signed with, if it is not fal itself that is spoken to. */
  fal: { base_url: 'https://queue.fal.run', profiles: [], rate_card: 'fal-2026-11', options: { jwks_url: 'optional' } },
  /** `callback_secret`: what its callbacks are signed with, where our key may not read it. `cancel_after`: when it gives a prediction up, like `30m`. */
  replicate: {
    base_url: 'https://api.replicate.com/v1',
    profiles: [],
    rate_card: null,
    options: { callback_secret: 'optional', cancel_after: 'optional' },
  },
  google: {
    base_url: { vertex: 'https://aiplatform.googleapis.com/v1beta1', gemini: 'https://generativelanguage.googleapis.com/v1' },
    profiles: GOOGLE_PROFILES,
    rate_card: 'google-2026-11',
    options: { project: 'optional', location: 'optional', callback_secret: 'optional' },
  },
  kling: {
    base_url: 'https://api-singapore.klingai.com/v1',
    profiles: [],
    rate_card: 'kling-2026-07',
    options: { access_key: 'optional', secret_key: 'optional', unit_usd: 'optional' },
  },
} as const satisfies Record<string, AdapterTerms>

export type AdapterName = keyof typeof ADAPTERS

/** The terms of an adapter, without the literal types of its row. */
export function termsOf(adapter: AdapterName): AdapterTerms {
  return ADAPTERS[adapter]
}

/** Where the vendor of an adapter is reached by a profile, unless the configuration says. */
export function usualBaseUrl(adapter: AdapterName, profile: string | null): string | null {
  const { base_url } = termsOf(adapter)
  return typeof base_url === 'object' && base_url !== null ? (base_url[profile ?? ''] ?? null) : base_url
}

export function isAdapterName(text: string): text is AdapterName {
  return Object.hasOwn(ADAPTERS, text)
}

export const ADAPTER_NAMES: readonly AdapterName[] = Object.keys(ADAPTERS).filter(isAdapterName)
