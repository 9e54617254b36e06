import type { Canvas, SKRSContext2D } from '@napi-rs/canvas'

/** One sheet of the scene, painted once and moved in every frame. Places are pixels of the frame as the camera sees it at rest. */
export interface Layer {
  /** 0 is infinitely far, 1 is at the lens: how much it moves and grows with the camera. */
  readonly depth: number
  readonly sheet: Canvas
  readonly x: number
  readonly y: number
  /** From this row down to its end it is opaque over its whole width: farther layers need not be drawn there. Null: nowhere. */
  readonly solid_from: number | null
  readonly motion: Motion
}

/** Movement of its own, to and fro: a clip may last two minutes, and the sheet must not run out. In pixels and seconds. */
export interface Motion {
  readonly sway_x?: number
  readonly sway_y?: number
  readonly period_s?: number
  readonly phase?: number
}

/** Something drawn afresh in every frame, under the transformation of its depth. */
export interface Actor {
  readonly depth: number
  draw(context: SKRSContext2D, t: number): void
}

export type Element = Layer | Actor

export interface Scene {
  /** From far to near. */
  readonly elements: readonly Element[]
  /** Drawn over everything, straight in the frame: rain, snow. */
  readonly weather: ((context: SKRSContext2D, t: number) => void) | null
}
