import { execFile, execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfiguration } from './config-file.ts'
import { type TestWorld, testWorld } from './testing/world.ts'

const PAGE = join(import.meta.dirname, '../../docs/plans.md')
const has_curl = (() => {
  try {
    execFileSync('curl', ['--version'])
    return true
  } catch {
    return false
  }
})()

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
})
afterAll(() => world.stop())

const blocks = async (language: string) =>
  [...(await readFile(PAGE, 'utf8')).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text ?? '')

test.skipIf(!has_curl)('every command of the page about plans works, in its order', async () => {
  const address = await world.gateway.app.listen({ port: 0, host: '127.0.0.1' })
  const script = `set -e\n${(await blocks('sh')).join('\n')}\necho; echo "ID=$ID"`
  const env = { PATH: process.env.PATH ?? '', FILMGATE: `${address}/v1`, FILMGATE_OPERATOR_KEY: world.operator_key }
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { env })
  const id = /ID=(cus_\w+)/.exec(stdout)?.[1]
  const { json } = await world.call('GET', `/v1/customers/${id}/balance`, { key: world.operator_key })
  // A month, two packs, a day, a promotion, an adjustment.
  expect(json).toMatchObject({ available: 1_000 + 1_000 + 2_000 + 30 + 50 + 40 })
  expect(json).not.toHaveProperty('pending')
})

test('the plan and the pack of the page are ones that the configuration takes', async () => {
  const [text] = await blocks('yaml')
  if (text === undefined) throw new Error('the page has no configuration')
  const read = parseConfiguration(text, 'plans.yaml', {})
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  expect(read.settings.plans.find(({ id }) => id === 'studio')).toMatchObject({ credits: 4_000n, grace_days: 7, price_micro: 49_500_000n })
  expect(read.settings.packs.map(({ id }) => id)).toContain('small')
})
