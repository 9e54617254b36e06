import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADAPTER_NAMES, termsOf } from '../domain/adapters.ts'
import { type TestApp, testApp } from '../testing/app.ts'

let kit: TestApp
beforeAll(async () => {
  kit = await testApp()
})
afterAll(() => kit.stop())

test('the form of the configuration file is published as a JSON Schema that names every key', async () => {
  const { status, headers, text } = await kit.ask('GET', '/config.schema.json', { key: null })
  expect([status, headers['content-type']]).toEqual([200, 'application/schema+json; charset=utf-8'])
  const schema = JSON.parse(text)
  expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', additionalProperties: false })
  expect(Object.keys(schema.properties)).toEqual([
    'providers',
    'rate_cards',
    'customer_rate_card',
    'plans',
    'packs',
    'public_url',
    'limits',
    'tiers',
    'retry_alert',
    'guardrails',
  ])
  const provider = schema.properties.providers.items
  expect(provider).toMatchObject({ required: ['name', 'adapter'], additionalProperties: false })
  expect(provider.properties.profile.enum).toEqual(ADAPTER_NAMES.flatMap((adapter) => termsOf(adapter).profiles))
  expect(provider.properties.api_key.anyOf).toHaveLength(2)
})
