import { execFile, execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestWorld, testWorld } from './testing/world.ts'

const PAGE = join(import.meta.dirname, '../../docs/services.md')
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

test.skipIf(!has_curl)('every command of the page about services and reversals works, in its order', async () => {
  const address = await world.gateway.app.listen({ port: 0, host: '127.0.0.1' })
  const page = await readFile(PAGE, 'utf8')
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, text]) => text ?? '')
  const script = `set -e\n${blocks.join('\n')}\necho; echo "ID=$ID"`
  const env = { PATH: process.env.PATH ?? '', FILMGATE: `${address}/v1`, FILMGATE_OPERATOR_KEY: world.operator_key }
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { env })
  const id = /ID=(cus_\w+)/.exec(stdout)?.[1]
  const call = async (path: string) => (await world.call('GET', path, { key: world.operator_key })).json
  // 33 captured and given back; 4 and 1 of it given back, 3, 5. All of the pack is gone, and nothing is owed any more.
  expect(await call(`/v1/customers/${id}/balance`)).toMatchObject({ available: 0, held: 0, owed: 0, spent: 3 + 3 + 5 })
  const { data } = await call(`/v1/customers/${id}/reversals`)
  expect(data.map(({ kind, status }: { kind: string; status: string }) => `${kind} ${status}`)).toEqual([
    'chargeback standing',
    'chargeback reinstated',
    'refund standing',
  ])
  expect(data[0].claim).toMatchObject({ credits: 1_000, taken: 1_000 - 11, written_off: 11 })
})
