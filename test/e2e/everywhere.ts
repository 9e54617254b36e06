import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AnyEmulator, PROTOCOLS } from '../../emulators/src/protocols.ts'
import { drawnClip } from './clip.ts'
import { NODE, Program } from './program.ts'
import { type Server, startServer } from './server.ts'

const KEY = 'sk-everywhere-0123456789'

/**
 * A provider for each protocol, under the name of its protocol. All serve `sora-2`: the first as such, the others by what the catalogue offers for it,
 * or by what an operator wrote down where the catalogue can not know.
 */
const PROVIDERS: Readonly<Record<string, object>> = {
  openai: { adapter: 'openai', models: ['sora-2'], rate_card: 'openai-2026-05' },
  chat: { adapter: 'chat', models: ['sora-2'] },
  fal: { adapter: 'fal' },
  gemini: { adapter: 'google', profile: 'gemini' },
  kling: { adapter: 'kling' },
  openrouter: { adapter: 'openrouter', rate_card: 'ours' },
  replicate: { adapter: 'replicate', rate_card: 'ours', models: [{ model: 'sora-2', provider_model: 'google/veo-3.1-fast' }] },
  runway: { adapter: 'runway' },
  vertex: { adapter: 'google', profile: 'vertex' },
}

const EVERYTHING = { sizes: 'any', seconds: { from: 1, to: 60 } }
const HEAD = {
  kind: 'rates',
  version: 1,
  currency: 'usd',
  effective_on: '2026-11-22',
  source: { name: 'test/e2e/everywhere.ts', read_on: '2026-11-22' },
}
const CARDS = [
  {
    ...HEAD,
    id: 'ours',
    title: 'What we pay where no card is shipped',
    lines: [{ ...EVERYTHING, models: ['veo-3.1-fast', 'google/veo-3.1-fast'], rate: { kind: 'per_second', amount: '0.15' } }],
  },
  {
    ...HEAD,
    id: 'plus-a-quarter',
    title: 'What a provider takes, and a quarter',
    lines: [{ ...EVERYTHING, models: ['*'], rate: { kind: 'cost_plus_percent', percent: '25' } }],
  },
]

/** A clip that the example brought home. */
export interface Brought {
  readonly provider: string
  /** The route that made it. */
  readonly route: string
  readonly credits: { readonly quoted: number; readonly charged: number }
  /** What is made there, and what we do with it; empty where it is what was ordered. */
  readonly mapping: string
  /** From the start of the example to its end. */
  readonly took_ms: number
  readonly bytes: number
  /** Jobs that the provider charges for. */
  readonly billed: number
}

/** What it was instead: all that the example said. */
export interface Failed {
  readonly provider: string
  readonly said: string
}

export interface Everywhere {
  readonly server: Server
  readonly providers: readonly string[]
  /** Runs examples/first-clip.ts, told nothing but the provider. */
  bring(provider: string): Promise<Brought | Failed>
  stop(): Promise<void>
}

/** The lengths that these make of an order of four seconds: what the imitations must have ready. */
function lengths(protocols: readonly string[]): readonly number[] {
  // An aggregator sells nothing shorter than ten seconds.
  return protocols.includes('chat') ? [4, 10] : [4]
}

/** A gateway with an imitation of every provider that it can speak to, or of these. */
export async function startEverywhere(protocols: readonly string[] = Object.keys(PROTOCOLS)): Promise<Everywhere> {
  const drawn = new Map<number, Uint8Array>()
  for (const seconds of lengths(protocols)) drawn.set(seconds, await drawnClip({ width: 1280, height: 720, seconds }))
  const clip = ({ seconds }: { readonly seconds: number }): Uint8Array => {
    const bytes = drawn.get(seconds)
    if (bytes === undefined) throw new Error(`there is no clip of ${seconds} seconds`)
    return bytes
  }
  const folder = await mkdtemp(join(tmpdir(), 'filmgate-everywhere-'))
  const emulators = new Map<string, AnyEmulator>()
  const end = async () => {
    await Promise.all([...emulators.values()].map((emulator) => emulator.stop()))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    for (const [name, start] of Object.entries(PROTOCOLS)) {
      if (protocols.includes(name)) emulators.set(name, await start({ port: 0, key: KEY, render_ms: 300, clip }))
    }
    const config = join(folder, 'filmgate.json')
    await writeFile(config, JSON.stringify(configurationOf(emulators)))
    const server = await startServer({ env: { FILMGATE_CONFIG: config, EVERYWHERE_KEY: KEY } })
    return {
      server,
      providers: [...emulators.keys()],
      bring: (provider) => bring(server, provider, emulators.get(provider), folder),
      async stop() {
        await server.remove()
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

function configurationOf(emulators: ReadonlyMap<string, AnyEmulator>): object {
  const providers = [...emulators].map(([name, { base_url }]) => {
    const known = PROVIDERS[name]
    if (known === undefined) throw new Error(`test/e2e/everywhere.ts does not say how the protocol ${name} is configured`)
    return { name, ...known, base_url, api_key: { env: 'EVERYWHERE_KEY' }, poll: { first_s: 0.2, later_s: 0.2 } }
  })
  return { providers, rate_cards: CARDS, customer_rate_card: 'plus-a-quarter' }
}

async function bring(server: Server, provider: string, emulator: AnyEmulator | undefined, folder: string): Promise<Brought | Failed> {
  const env = { OPENAI_BASE_URL: `${server.address}/v1`, OPENAI_API_KEY: server.demo_key, ROUTE: provider }
  const { code, stdout, stderr, took_ms } = await new Program(NODE, ['examples/first-clip.ts', join(folder, `${provider}.mp4`)], env).ended
  const id = /^ordered +(\S+)/m.exec(stdout)?.[1]
  if (code !== 0 || id === undefined) return { provider, said: `${stdout}${stderr}`.trim() }
  const { json: video } = await server.call('GET', `/v1/videos/${id}`)
  const { json: receipt } = await server.call('GET', `/v1/videos/${id}/receipt`)
  const { bytes } = await server.call('GET', `/v1/videos/${id}/content`)
  return {
    provider,
    route: video.filmgate.route,
    credits: { quoted: Number(/^price +(\d+)/m.exec(stdout)?.[1]), charged: receipt.charged },
    mapping: /Made with .*$/.exec(receipt.why)?.[0] ?? '',
    took_ms,
    bytes: bytes.byteLength,
    billed: emulator?.bill().length ?? 0,
  }
}
