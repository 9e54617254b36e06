import type * as WebCodecs from 'node-webcodecs'

/** The library is CommonJS: its exports are the module's default. */
export type Codecs = (typeof WebCodecs)['default']

export type LoadedCodecs =
  | { readonly outcome: 'ok'; readonly codecs: Codecs }
  /** No build of the codecs for this platform. Nothing else stops working. */
  | { readonly outcome: 'unavailable'; readonly why: string }

/** BT.709, limited range, as every HD player expects. Without it in frame and encoder alike the stream is tagged "gbr", full range. */
export const BT709 = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false } as const

/**
 * Loads the native codecs (FFmpeg and OpenH264 inside an npm package). For child processes only: the library aborts the
 * process when two threads use it, and files of strangers may crash it.
 */
export async function loadCodecs(): Promise<LoadedCodecs> {
  try {
    const codecs = (await import('node-webcodecs')).default
    return codecs.isNativeAvailable() ? { outcome: 'ok', codecs } : unavailable('its native part is missing')
  } catch (error) {
    return unavailable(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
  }
}

function unavailable(why: string): LoadedCodecs {
  return { outcome: 'unavailable', why: `node-webcodecs does not run on ${process.platform}-${process.arch}: ${why}.` }
}
