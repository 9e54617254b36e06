import { startChatEmulator } from './chat.ts'
import { startFalEmulator } from './fal.ts'
import type { Fault } from './fault.ts'
import { startGoogleEmulator } from './google.ts'
import { startKlingEmulator } from './kling.ts'
import { startOpenaiEmulator } from './openai.ts'
import { startOpenRouterEmulator } from './openrouter.ts'
import { startReplicateEmulator } from './replicate.ts'
import { startRunwayEmulator } from './runway.ts'

/** What every protocol can be started with. What else one of them can do, its own file says. */
export interface AnyOptions {
  readonly port: number
  readonly key?: string
  /** From the order to the result. */
  readonly render_ms: number
  /** The bytes of a finished clip. */
  readonly clip: (wanted: { readonly seconds: number; readonly size: string }) => Uint8Array | Promise<Uint8Array>
}

/** What they have in common once they run. */
export interface AnyEmulator {
  /** What a client is given as its base URL. */
  readonly base_url: string
  /** Requests so far, by operation. */
  readonly asked: Readonly<Record<string, number>>
  bill(): readonly unknown[]
  /** Throws where it has no such operation. */
  next(operation: string, ...faults: readonly Fault[]): void
  stop(): Promise<void>
}

/** Every protocol that an emulator speaks. Google has two. */
export const PROTOCOLS: Readonly<Record<string, (options: AnyOptions) => Promise<AnyEmulator>>> = {
  openai: async ({ clip, ...options }) =>
    named(await startOpenaiEmulator({ ...options, clip: ({ lasts_s, size }) => clip({ seconds: lasts_s, size }) })),
  chat: async ({ clip, ...options }) => named(await startChatEmulator({ ...options, clip: (_job, wanted) => clip(wanted) })),
  fal: async ({ clip, ...options }) =>
    named(await startFalEmulator({ ...options, clip: ({ lasts_s, size }) => clip({ seconds: lasts_s, size }) })),
  gemini: async (options) => named(await startGoogleEmulator({ ...options, api: 'gemini' })),
  kling: async (options) => named(await startKlingEmulator(options)),
  openrouter: async (options) => named(await startOpenRouterEmulator(options)),
  replicate: async ({ clip, ...options }) =>
    named(await startReplicateEmulator({ ...options, clip: ({ lasts_s, size }) => clip({ seconds: lasts_s, size }) })),
  runway: async (options) => named(await startRunwayEmulator(options)),
  vertex: async (options) => named(await startGoogleEmulator({ ...options, api: 'vertex' })),
}

/** With operations named by text, as whoever is another process must. */
export function named<Operation extends string>(emulator: {
  readonly base_url: string
  readonly asked: Readonly<Record<Operation, number>>
  bill(): readonly unknown[]
  next(operation: Operation, ...faults: readonly Fault[]): void
  stop(): Promise<void>
}): AnyEmulator {
  const isOperation = (name: string): name is Operation => name in emulator.asked
  return {
    base_url: emulator.base_url,
    asked: emulator.asked,
    bill: () => emulator.bill(),
    next(operation, ...faults) {
      if (!isOperation(operation)) throw new Error(`There is no operation ${operation}: ${Object.keys(emulator.asked).join(', ')}.`)
      emulator.next(operation, ...faults)
    },
    stop: () => emulator.stop(),
  }
}
