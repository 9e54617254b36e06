/** What makes a video. A remix, an edit and an extension begin from a clip that is there already. */
export type Operation = 'create' | 'remix' | 'edit' | 'extend'
export const OPERATIONS: readonly Operation[] = ['create', 'remix', 'edit', 'extend']

/** `relaxed` costs nothing, and is made when nobody else waits. */
export type Lane = 'standard' | 'relaxed'
export const LANES = ['standard', 'relaxed'] as const satisfies readonly Lane[]

/** What a customer orders, after both encodings were parsed and defaults were filled in. It is priced, frozen and sent as it stands. */
export interface Order {
  readonly operation: Operation
  /** The model asked for (`sora-2`), not what a route calls it. */
  readonly model: string
  readonly prompt: string
  /** Whole seconds that are newly made: of an extension only what is added. They are what is paid for. */
  readonly seconds: number
  readonly size: Size
  /** A first frame was given. Its bytes are stored apart (see `Video.reference_asset`). */
  readonly has_reference: boolean
  /** The clip that it begins from; null for a create. Its bytes are stored apart. */
  readonly source: OrderSource | null
  /** It names characters; whoever makes it must know how to keep them. Those of an order are stored apart. */
  readonly has_characters?: boolean
  /** The explicit surcharge field of credit cards; never guessed from the prompt. */
  readonly complexity: Complexity
}

export interface OrderSource {
  /** The video of the same customer that was named; null for an uploaded or linked clip. */
  readonly video: string | null
  /** How long it lasts, exactly. */
  readonly seconds: number
  /** The provider account that made it, and so may know it still; null for an uploaded or linked clip. */
  readonly provider: string | null
}

export type Complexity = 'standard' | 'complex' | 'very_complex'
export const COMPLEXITIES: readonly Complexity[] = ['standard', 'complex', 'very_complex']

/** Pixels, as in `1280x720`. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** Price classes of sizes: the shorter side, save that 1024x1792 and its turn are "1024p". */
export type SizeClass = '480p' | '720p' | '1024p' | '1080p'

/** Reads `1280x720`; null when it is not of that form. Says nothing about whether anybody sells it. */
export function parseSize(text: string): Size | null {
  const match = /^([1-9]\d{1,4})x([1-9]\d{1,4})$/.exec(text)
  return match ? { width: Number(match[1]), height: Number(match[2]) } : null
}

export function formatSize(size: Size): string {
  return `${size.width}x${size.height}`
}

/** The exact sizes that a price class sells. A card that prices `720p` sells these and no other size with a side of 720. */
export const CLASS_SIZES: Readonly<Record<SizeClass, readonly string[]>> = {
  '480p': ['854x480', '480x854'],
  '720p': ['1280x720', '720x1280'],
  '1024p': ['1792x1024', '1024x1792'],
  '1080p': ['1920x1080', '1080x1920'],
}

/** Reads `720p`; null when it names no price class. */
export function parseSizeClass(text: string): SizeClass | null {
  return text === '480p' || text === '720p' || text === '1024p' || text === '1080p' ? text : null
}

/** The class's name, or `1280x720`. */
export function formatSizeOrClass(size: Size | SizeClass): string {
  return typeof size === 'string' ? size : formatSize(size)
}

/** A class of sizes stands for its landscape size. */
export function exactSize(size: Size | SizeClass): Size {
  if (typeof size !== 'string') return size
  return parseSize(CLASS_SIZES[size][0] ?? '') ?? { width: 1280, height: 720 }
}
