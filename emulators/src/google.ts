import { Book } from './book.ts'
import { type DeskOptions, type Emulator, openDesk } from './desk.ts'
import { interactionsProtocol } from './google/interactions.ts'
import { vertexProtocol } from './google/vertex.ts'

export interface GoogleEmulatorOptions extends DeskOptions {
  /** The bytes of a finished clip. */
  readonly clip: (order: { readonly seconds: number; readonly size: string }) => Uint8Array | Promise<Uint8Array>
  /** Veo at Vertex, or Omni at the Interactions API. */
  readonly api: 'vertex' | 'gemini'
  /** From the order to the result. */
  readonly render_ms?: number
  /** Of an interaction that asked for a link: it brings the clip all the same. */
  readonly inline?: boolean
  /** Where links to clips lead, if not here. */
  readonly files_at?: string
  /** Signs callbacks by Standard Webhooks: `whsec_` and base64. */
  readonly callback_secret?: string
}

/** Google's two ways to order a video, as its own client speaks them. */
export function startGoogleEmulator(options: GoogleEmulatorOptions): Promise<Emulator> {
  const { api, render_ms = 200 } = options
  const book = new Book(render_ms)
  if (api === 'vertex') return openDesk(options, book, () => vertexProtocol(book, options), '/v1beta1')
  return openDesk(options, book, (origin, expect) => interactionsProtocol(book, origin, expect, options), '/v1')
}
