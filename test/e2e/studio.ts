import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type OpenaiEmulator, startOpenaiEmulator } from '../../emulators/src/openai.ts'
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

/** Starts both. What is ordered stays `in_progress`, or it `finishes`: then as a clip that the server drew for it before. */
export async function startStudio({ finishes }: { readonly finishes: boolean }): Promise<Studio> {
  let clip: Uint8Array = new Uint8Array()
  const emulator = await startOpenaiEmulator({ clip: () => clip, render_ms: finishes ? 0 : 86_400_000 })
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
    const server = await startServer({ env: { FILMGATE_CONFIG: config, STUDIO_A_KEY: 'sk-studio-0123456789' } })
    const remove = async () => {
      await server.remove()
      await end()
    }
    if (!finishes) return { server, emulator, remove }
    try {
      const body = { ...STUDIO_ORDER, model: 'animatic', prompt: 'a boat on a calm lake' }
      const { id } = (await server.call('POST', '/v1/videos', { body })).json
      await videoThat(server, server.demo_key, id, (video) => video.status === 'completed')
      clip = (await server.call('GET', `/v1/videos/${id}/content`)).bytes
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
