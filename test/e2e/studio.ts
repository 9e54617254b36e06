import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type OpenaiEmulator, type OpenaiEmulatorOptions, startOpenaiEmulator } from '../../emulators/src/openai.ts'
import { videoThat } from './customer.ts'
import { newFolder, type Server, startServer } from './server.ts'

/** What is ordered of the studio: the one kind of clip that it has. */
export const STUDIO_ORDER = { model: 'sora-2', seconds: '4', size: '1280x720' } as const
export const STUDIO_PRICE = 40

/** A server whose one provider is an imitation in this process, which keeps a bill. */
export interface Studio {
  readonly server: Server
  readonly emulator: OpenaiEmulator
  remove(): Promise<void>
}

export interface StudioOptions {
  /** What is ordered stays `in_progress`, or it `finishes`: then as a clip that the server drew for it before. */
  readonly finishes: boolean
  /** Lengths of clips that may come of it. */
  readonly lengths_s?: readonly number[]
  readonly watch?: NonNullable<OpenaiEmulatorOptions['watch']>
  /** More variables for the server. */
  readonly env?: Readonly<Record<string, string>>
}

/** What it renders is done now, however slow it was asked to be (`[[slow:3600]]`): so a test sees all of what comes before that, on any machine. */
export function finishAll({ emulator }: Pick<Studio, 'emulator'>): void {
  const now = Date.now()
  for (const job of emulator.jobs.values()) job.ready_at = Math.min(job.ready_at, now)
}

/** Starts both. */
export async function startStudio({ finishes, lengths_s = [4], watch, env = {} }: StudioOptions): Promise<Studio> {
  const clips = new Map<number, Uint8Array>()
  const emulator = await startOpenaiEmulator({
    clip: ({ lasts_s }) => clips.get(lasts_s) ?? new Uint8Array(),
    render_ms: finishes ? 0 : 86_400_000,
    ...(watch && { watch }),
  })
  const folder = await newFolder()
  const config = join(folder, 'filmgate.yaml')
  await writeFile(
    config,
    `providers:
  - name: studio-a
    adapter: openai
    base_url: ${emulator.base_url}
    api_key: { env: STUDIO_A_KEY }
    models: [sora-2]
    rate_card: openai-2026-05
    poll: { first_s: 0.2, later_s: 0.2 }
`,
  )
  const end = async () => {
    await emulator.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const server = await startServer({ env: { FILMGATE_CONFIG: config, STUDIO_A_KEY: 'sk-studio-0123456789', ...env } })
    const remove = async () => {
      await server.remove()
      await end()
    }
    if (!finishes) return { server, emulator, remove }
    try {
      for (const seconds of lengths_s) {
        const body = { ...STUDIO_ORDER, model: 'animatic', seconds: String(seconds), prompt: 'a boat on a calm lake' }
        const { id } = (await server.call('POST', '/v1/videos', { body })).json
        await videoThat(server, server.demo_key, id, (video) => video.status === 'completed')
        clips.set(seconds, (await server.call('GET', `/v1/videos/${id}/content`)).bytes)
      }
      return { server, emulator, remove }
    } catch (error) {
      await remove()
      throw error
    }
  } catch (error) {
    await end()
    throw error
  }
}
