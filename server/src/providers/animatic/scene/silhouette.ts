import type { SKRSContext2D } from '@napi-rs/canvas'

/** The colours of a figure. */
export interface Paint {
  /** Nearly the colour of the foreground. */
  readonly body: string
  /** A pale part: sail, suit, windows by day. */
  readonly light: string
  /** The light behind the figure, as a thin edge. */
  readonly rim: string
  /** A colour of its own for things that people paint. */
  readonly lacquer: string
  /** Lamps and lit windows. */
  readonly lamp: string
  readonly dark: boolean
}

/** Draws a figure of height 1 that stands on the origin and looks to the right, at a time in seconds. */
export type Silhouette = (context: SKRSContext2D, t: number, paint: Paint) => void
