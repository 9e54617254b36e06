import { basename, join } from 'node:path'
import type { Filmgate } from '@filmgate/client'
import { EXIT, Failure } from './exits.ts'
import { exists, type Settings } from './settings.ts'
import type { World } from './world.ts'

export type { Filmgate }

/** The gateway of these settings. @throws Failure with exit 3: no key is set */
export async function openGateway(settings: Settings, world: World): Promise<Filmgate> {
  const { url, key, customer } = settings
  if (key.value === null) throw await noKey(world)
  const { createFilmgate } = await import('@filmgate/client')
  return createFilmgate({
    base_url: url.value,
    key: key.value,
    fetch: world.fetch,
    sleep: (ms, signal) => world.sleep(ms, signal),
    now_ms: world.now,
    ...(customer.value !== null && { customer: customer.value }),
  })
}

/** Where `npm start` keeps its keys, when it was run in this folder. */
export async function localKeys({ env, cwd }: Pick<World, 'env' | 'cwd'>): Promise<{ demo: string | null; operator: string | null }> {
  const folder = env.FILMGATE_DATA || '.filmgate'
  const found = (name: string) => (exists(join(cwd, folder, name)) ? join(folder, name) : null)
  // A folder that is named absolutely stays so.
  return { demo: found('demo.key'), operator: found('operator.key') }
}

async function noKey(world: World): Promise<Failure> {
  const { demo, operator } = await localKeys(world)
  const advice =
    demo === null
      ? ['Set FILMGATE_KEY, or give --key-file FILE, or keep it in the file that `filmgate config show` names.']
      : [
          `A gateway was started in this folder; to act as its demo customer: export FILMGATE_KEY=$(cat ${demo})`,
          ...(operator === null ? [] : [`As its operator: --key-file ${operator} (${basename(operator)} may do everything)`]),
        ]
  return new Failure(EXIT.forbidden, { code: 'no_key', message: 'No key is set, so the gateway would not know who asks.', advice })
}
