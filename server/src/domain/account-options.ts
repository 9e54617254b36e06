import type { AdapterName } from './adapters.ts'
import { compare, parseDecimal, ZERO } from './rational.ts'

/** How an option must be written, as a predicate. */
interface Form {
  readonly fits: (text: string) => boolean
  readonly must: string
}

const WEBHOOK_SECRET: Form = {
  fits: (text) => /^(?:whsec_)?[A-Za-z0-9+/_-]{16,}={0,2}$/.test(text),
  must: 'must be the secret as its vendor shows it: `whsec_` and base64',
}

/** What would else be found out by the first order, or never. An option that is not here may be any text. */
const FORMS: Readonly<Partial<Record<AdapterName, Readonly<Record<string, Form>>>>> = {
  fal: { jwks_url: { fits: isWebAddress, must: 'must be an http or https address' } },
  replicate: {
    callback_secret: WEBHOOK_SECRET,
    cancel_after: {
      fits: (text) => /^(?=\d)(?:\d{1,4}h)?(?:\d{1,4}m)?(?:\d{1,6}s?)?$/.test(text),
      must: 'must be a time such as 90s, 30m or 1h30m',
    },
  },
  google: {
    project: { fits: (text) => /^[a-z0-9.:-]{1,100}$/i.test(text), must: 'must be the id or the number of a project' },
    location: { fits: (text) => /^[a-z0-9-]{1,40}$/.test(text), must: 'must be a place such as us-central1, or global' },
    callback_secret: WEBHOOK_SECRET,
  },
  kling: { unit_usd: { fits: isPrice, must: 'must be dollars in quotes, such as "0.14"' } },
  chat: { cut_streams: { fits: (text) => text === 'unbilled', must: 'must be unbilled, or not there' } },
}

/** Options that are of no use alone. */
const PAIRS: Readonly<Partial<Record<AdapterName, readonly (readonly [string, string])[]>>> = {
  kling: [['access_key', 'secret_key']],
}

/** The option that an account shows instead of its key, where there is one. */
export const KEY_OPTIONS: Readonly<Partial<Record<AdapterName, string>>> = { kling: 'access_key' }

/** What is wrong with the options of an account, the first thing; never with their values, which may be secrets. */
export function optionMistake(
  adapter: AdapterName,
  textOf: (option: string) => string | null,
): { readonly option: string | null; readonly what: string } | null {
  for (const [option, { fits, must }] of Object.entries(FORMS[adapter] ?? {})) {
    const text = textOf(option)
    if (text !== null && !fits(text)) return { option, what: must }
  }
  for (const [one, other] of PAIRS[adapter] ?? []) {
    if ((textOf(one) === null) !== (textOf(other) === null))
      return { option: null, what: `must have both of ${one} and ${other}, or neither` }
  }
  return null
}

function isWebAddress(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === ''
}

function isPrice(text: string): boolean {
  const price = parseDecimal(text)
  return price !== null && compare(price, ZERO) > 0
}
