import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDecoder } from '../../media/decoder.ts'
import { fileStore } from '../../media/store.ts'
import { testDatabase } from '../../testing/database.ts'
import { conforms, type Subject } from '../conformance.ts'
import { Animatic } from './adapter.ts'
import { createRenderer } from './renderer.ts'
import { readSentinels, withoutSentinels } from './sentinels.ts'
import { Studio } from './studio.ts'

async function startAnimatic(): Promise<Subject> {
  const database = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'filmgate-animatic-'))
  const store = fileStore(join(folder, 'assets'))
  await store.prepare()
  await mkdir(join(folder, 'scratch'))
  const renderer = createRenderer({ log: { warn: () => undefined } })
  const decoder = createDecoder({ log: { warn: () => undefined } })
  const common = { pool: database.pool, store, clock: Date.now }
  const studio = new Studio({
    ...common,
    renderer,
    scratch: join(folder, 'scratch'),
    concurrency: 1,
    onError: (error) => console.error(error),
  })
  studio.start()
  return {
    provider: new Animatic({ ...common, studio, decoder, uuid: randomUUID, sentinels: true }),
    order: (trouble) => ({
      order: {
        operation: 'create',
        model: 'animatic',
        prompt: `a boat on a lake ${trouble ?? ''}`,
        seconds: 1,
        size: { width: 480, height: 854 },
        has_reference: false,
        source: null,
        complexity: 'standard',
      },
      provider_model: 'animatic',
      reference: null,
      source: null,
      characters: [],
      callback_url: null,
    }),
    async taken() {
      const counted = await database.pool.query<{ count: bigint }>('select count(*) as count from animatic.orders')
      return Number(counted.rows[0]?.count)
    },
    async stop() {
      await studio.stop()
      await renderer.stop()
      await decoder.stop()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

conforms('animatic', startAnimatic)

test('sentinels are read from a prompt and left out of the picture', () => {
  expect(readSentinels('a boat [[slow:1.5]] [[flaky:3]] [[short]]')).toMatchObject({ slow_ms: 1500, flaky: 3, short: true, hang: false })
  expect(withoutSentinels('a boat [[slow:1.5]] at sea [[hang]]')).toBe('a boat  at sea')
})
