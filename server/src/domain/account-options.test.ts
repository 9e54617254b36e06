import { describe, expect, test } from 'vitest'
import { type Configuration, configurationSchema } from './configuration.ts'
import { type Settings, settle } from './settings.ts'

type Provider = NonNullable<Configuration['providers']>[number]

const settled = (provider: Omit<Provider, 'name'>) => settle(configurationSchema.parse({ providers: [{ name: 'a', ...provider }] }), {})
const what = (made: Settings | { readonly what: string; readonly path: readonly (string | number)[] }) =>
  'what' in made ? `${made.path.join('.')} ${made.what}` : 'settled'

describe('an option that would be found wrong by the first order, or never, stops the start', () => {
  test.each<[Provider['adapter'], Provider['options'], string]>([
    ['kling', { unit_usd: 'abc' }, 'providers.0.options.unit_usd must be dollars'],
    ['kling', { unit_usd: '0' }, 'providers.0.options.unit_usd must be dollars'],
    ['kling', { unit_usd: '0.14' }, 'settled'],
    ['kling', { access_key: 'ak' }, 'providers.0.options must have both of access_key and secret_key'],
    ['kling', { access_key: 'ak', secret_key: 'sk' }, 'settled'],
    ['chat', { cut_streams: 'maybe' }, 'providers.0.options.cut_streams must be unbilled'],
    ['chat', { cut_streams: 'unbilled' }, 'settled'],
    ['fal', { jwks_url: 'keys.json' }, 'providers.0.options.jwks_url must be an http or https address'],
    ['google', { project: 'a/b' }, 'providers.0.options.project must be the id'],
    ['google', { location: 'evil.example/' }, 'providers.0.options.location must be a place'],
    ['google', { project: 'p-1', location: 'global' }, 'settled'],
    ['google', { callback_secret: 'whsec_' }, 'providers.0.options.callback_secret must be the secret'],
    ['google', { callback_secret: 'whsec_c2VjcmV0c2VjcmV0' }, 'settled'],
  ])('%s %j: %s', (adapter, options, says) => {
    expect(what(settled({ adapter, api_key: 'k', ...(options === undefined ? {} : { options }) }))).toContain(says)
  })

  test.each([
    ['30m', true],
    ['1h30m', true],
    ['90', true],
    ['90s', true],
    ['', false],
    ['soon', false],
    ['m', false],
  ])('replicate gives up after %j: %s', (cancel_after, fits) => {
    const made = configurationSchema.safeParse({ providers: [{ name: 'a', adapter: 'replicate', options: { cancel_after } }] })
    expect(made.success && !what(settle(made.data, {})).includes('cancel_after')).toBe(fits)
  })
})

test('a key that is given twice is one account, and not two with the limits of two', () => {
  const twice = settled({ adapter: 'fal', api_key: 'k', credentials: [{ name: 'b', api_key: 'k' }] })
  expect(what(twice)).toContain('providers.0.credentials.0.api_key is a key that this provider has already')
  const thrice = settled({
    adapter: 'fal',
    api_key: 'k',
    credentials: [
      { name: 'b', api_key: 'l' },
      { name: 'c', api_key: 'l' },
    ],
  })
  expect(what(thrice)).toContain('providers.0.credentials.1.api_key')
  expect(what(settled({ adapter: 'fal', api_key: 'k', credentials: [{ name: 'b', api_key: 'l' }] }))).toBe('settled')
})

test('keys beside an account that shows something else than a key would be the same account again', () => {
  const options = { access_key: 'ak', secret_key: 'sk' }
  const made = settled({ adapter: 'kling', api_key: 'k', options, credentials: [{ name: 'b', api_key: 'l' }] })
  expect(what(made)).toContain('providers.0.credentials is for further keys, and this account shows its access_key instead')
  expect(what(settled({ adapter: 'kling', api_key: 'k', credentials: [{ name: 'b', api_key: 'l' }] }))).toBe('settled')
})

test('a provider that would serve nothing stops the start', () => {
  expect(what(settled({ adapter: 'replicate', api_key: 'k' }))).toContain('providers.0.models is missing')
  const own = { adapter: 'openai', profile: 'vllm-omni', base_url: 'http://gpu:8000/v1' } as const
  expect(what(settled(own))).toContain('providers.0.models is missing')
})
