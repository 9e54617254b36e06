import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas'
import type { Size } from '../../../domain/order.ts'
import { PAN_MAX } from '../camera.ts'
import type { Story } from '../prompt.ts'
import { hashText, type Random, seeded } from '../random.ts'
import type { Actor, Element, Motion } from './layer.ts'
import { type Colour, mix, type Palette } from './palette.ts'

/** The part of a sheet that a painter fills, in pixels of the frame; wider than the frame by what the camera may stray. */
export interface Area {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Paints one sheet. Returns the row from which it is opaque over its whole width, or null. */
export type Painter = (context: SKRSContext2D, area: Area) => number | null

/** A scene while it is built, from far to near. */
export interface Stage {
  readonly story: Story
  readonly palette: Palette
  /**
   * While a sheet is painted its own stream of numbers, told by its place alone: what an hour or a weather adds to a scene, or leaves out,
   * moves nothing else in it.
   */
  readonly random: Random
  /** A stream of numbers for a thing that must look the same whatever else is in the scene. */
  stream(name: string): Random
  /** Width and height of the frame in pixels, and the shorter of them: the measure of things that must not look stretched. */
  readonly w: number
  readonly h: number
  readonly unit: number
  /** Pixels. */
  readonly sun: { readonly x: number; readonly y: number }
  readonly elements: Element[]
  /** Adds a sheet between two heights (fractions of the frame). */
  layer(depth: number, top: number, bottom: number, paint: Painter, motion?: Motion): void
  actor(depth: number, draw: Actor['draw']): void
  /** The colour of a thing at a depth: far things fade into the haze. */
  at(depth: number, colour?: Colour): Colour
}

export function openStage(story: Story, palette: Palette, seed: number, size: Size): Stage {
  const { width: w, height: h } = size
  const stream = (name: string): Random => seeded(hashText(name) ^ seed)
  const own = stream('stage')
  let current = own
  const random: Random = () => current()
  const unit = Math.min(w, h)
  const elements: Element[] = []
  return {
    story,
    palette,
    random,
    stream,
    w,
    h,
    unit,
    sun: { x: (0.3 + random() * 0.4) * w, y: palette.sun_y * h },
    elements,

    layer(depth, top, bottom, paint, motion = {}) {
      const margin = Math.ceil((PAN_MAX * depth + 0.03) * w + (motion.sway_x ?? 0) + 4)
      const y = Math.floor(top * h)
      const sheet = createCanvas(w + 2 * margin, Math.max(1, Math.ceil((bottom - top) * h)))
      const context = sheet.getContext('2d')
      context.translate(margin, -y)
      current = stream(`sheet ${depth} ${top.toFixed(2)}`)
      const solid_from = paint(context, { left: -margin, right: w + margin, top: y, bottom: y + sheet.height })
      current = own
      elements.push({ depth, sheet, x: -margin, y, solid_from, motion })
    },

    actor(depth, draw) {
      elements.push({ depth, draw })
    },

    at: (depth, colour = palette.near) => mix(palette.haze, colour, depth ** 0.8),
  }
}

export function verticalGradient(
  context: SKRSContext2D,
  top: number,
  bottom: number,
  stops: readonly string[],
): ReturnType<SKRSContext2D['createLinearGradient']> {
  const gradient = context.createLinearGradient(0, top, 0, bottom)
  for (const [i, stop] of stops.entries()) gradient.addColorStop(stops.length === 1 ? 0 : i / (stops.length - 1), stop)
  return gradient
}

/** A soft round light. */
export function glow(context: SKRSContext2D, x: number, y: number, radius: number, stops: readonly (readonly [number, string])[]): void {
  const gradient = context.createRadialGradient(x, y, 0, x, y, radius)
  for (const [at, colour] of stops) gradient.addColorStop(at, colour)
  context.fillStyle = gradient
  context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius)
}

export function disc(context: SKRSContext2D, x: number, y: number, radius: number): void {
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  context.fill()
}
