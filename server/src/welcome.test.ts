import { expect, test } from 'vitest'
import { parseConfiguration } from './config-file.ts'
import { BUILT_IN, type Settings } from './domain/configuration.ts'
import { welcome } from './welcome.ts'

const text = (settings: Settings) =>
  welcome({
    address: 'http://127.0.0.1:8787',
    set_up: { outcome: 'ready', first: false, operator_key: null, demo_key: null },
    settings,
    data_folder: '/data',
    database: 'embedded PostgreSQL',
    role: 'all',
    started_ms: 1_000,
  })

test('a start says that it is a demo exactly as long as no provider is configured', () => {
  expect(text(BUILT_IN)).toContain('Demo: no provider is configured')
  const read = parseConfiguration(
    'providers: [{ name: studio-a, adapter: openai, base_url: "https://a.example/v1", api_key: sk-secret, rate_card: aggregator-per-call-2026-05 }]',
    'filmgate.yaml',
    {},
  )
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  const said = text(read.settings)
  expect(said).toContain('  studio-a (openai, openai): sora-2, sora-2-pro\n')
  expect(said).not.toMatch(/Demo|sk-secret|a\.example/)
})
