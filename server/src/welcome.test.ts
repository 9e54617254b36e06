import { expect, test } from 'vitest'
import { parseConfiguration } from './config-file.ts'
import { BUILT_IN, type Settings } from './domain/settings.ts'
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

test('a start names each model once, none that has ended, and further keys as what they are', () => {
  const read = parseConfiguration(
    `providers:
  - { name: v, adapter: google, api_key: k1, credentials: [{ name: b, api_key: k2 }] }
  - { name: r, adapter: runway, api_key: k3 }
`,
    'filmgate.yaml',
    {},
  )
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  const said = text(read.settings)
  expect(said).toContain('  v (google, vertex): veo-3.1, sora-2, sora-2-pro, veo-3.1-fast, veo-3.1-lite\n')
  expect(said).toContain('  v@b (google, vertex): a further key of v\n')
  expect(said).toContain('  r (runway): gen-4.5, sora-2, gen-4-turbo, veo-3.1 (no price)')
})
