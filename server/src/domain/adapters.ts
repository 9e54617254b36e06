import { OPENAI_PROFILES } from './catalogue/openai.ts'

/** What the configuration of an account must know of its adapter. */
interface AdapterTerms {
  /** Where the vendor is reached; null: the configuration must say. */
  readonly base_url: string | null
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
  /** Aggregators' `chat.completions`. `cut_streams: unbilled`: a call whose stream broke off is not paid for, and so has failed. */
  chat: { base_url: 'https://api.apiyi.com/v1', profiles: [], rate_card: 'chat-2026-11', options: { cut_streams: 'optional' } },
} as const satisfies Record<string, AdapterTerms>

export type AdapterName = keyof typeof ADAPTERS

/** The terms of an adapter, without the literal types of its row. */
export function termsOf(adapter: AdapterName): AdapterTerms {
  return ADAPTERS[adapter]
}

export function isAdapterName(text: string): text is AdapterName {
  return Object.hasOwn(ADAPTERS, text)
}

export const ADAPTER_NAMES: readonly AdapterName[] = Object.keys(ADAPTERS).filter(isAdapterName)
