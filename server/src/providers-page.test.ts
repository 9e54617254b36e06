import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseConfiguration } from './config-file.ts'
import { ADAPTER_NAMES, ADAPTERS, termsOf } from './domain/adapters.ts'
import { blocksOf } from './testing/page.ts'

const ENV = new Proxy<Record<string, string>>(
  {},
  { get: (_, name) => (name === 'FAL_KEY' ? 'key-of-fal' : `c2VjcmV0c2VjcmV0${String(name)}`) },
)

test('every file of the page about providers is one that a start takes, and together they show every adapter', async () => {
  const blocks = await blocksOf('providers.md', 'yaml')
  const adapters = blocks.flatMap((text) => {
    const read = parseConfiguration(text, 'providers.yaml', ENV)
    if (read.outcome === 'wrong') throw new Error(`${read.sentence}\n${text}`)
    const { accounts, routes } = read.settings
    for (const { name } of accounts)
      expect(
        routes.some(({ provider, provider_rate_card }) => provider === name && provider_rate_card !== null),
        name,
      ).toBe(true)
    return accounts.map(({ adapter }) => adapter)
  })
  expect([...new Set(adapters)].sort()).toEqual([...ADAPTER_NAMES].sort())
})

test('its table says of every adapter where it is and which card it is paid by', async () => {
  const rows = await tableOf()
  expect([...rows.keys()].sort()).toEqual(Object.keys(ADAPTERS).sort())
  for (const adapter of ADAPTER_NAMES) {
    const { rate_card, base_url, profiles } = termsOf(adapter)
    const row = rows.get(adapter) ?? ''
    if (rate_card !== null) expect(row).toContain(`| \`${rate_card}\` |`)
    if (typeof base_url === 'string') expect(row).toContain(`| \`${base_url}\` |`)
    if (adapter !== 'openai') for (const profile of profiles) expect(row).toContain(`\`${profile}\``)
  }
})

async function tableOf(): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(new URL('../../docs/providers.md', import.meta.url), 'utf8')
  const table = text.split('\n## ')[0] ?? ''
  return new Map(
    [...table.matchAll(/^\| `(\w+)` \|.*\|$/gm)].map(([row, name = '']) => [name, row] as const).filter(([name]) => name !== 'adapter'),
  )
}
