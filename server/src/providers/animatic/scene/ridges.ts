import type { SKRSContext2D } from '@napi-rs/canvas'
import type { Random } from '../random.ts'
import { noise1 } from './noise.ts'
import { alpha, type Colour, mix } from './palette.ts'
import { type Area, type Stage, verticalGradient } from './stage.ts'

export interface RidgeShape {
  /** Foot and height of the ridge, fractions of the frame. */
  readonly base: number
  readonly height: number
  /** Peaks over the width of the frame. */
  readonly peaks: number
  /** Rounded instead of jagged. */
  readonly soft?: boolean
  /** How much finer octaves count; 0.5 is rock, 0.3 is sand. */
  readonly roughness?: number
  readonly octaves?: number
  readonly colour?: Colour
  /** Shade the faces that look away from the sun. */
  readonly facets?: boolean
  readonly snow?: boolean
  /** Height of the trees on it, a fraction of the frame. */
  readonly trees?: number
  readonly round_trees?: boolean
}

/** A chain of hills or mountains right across the frame. Returns its skyline: the row of its top at a column. */
export function paintRidge(stage: Stage, depth: number, shape: RidgeShape): (x: number) => number {
  const { h, unit, palette } = stage
  const skyline = skylineOf(stage, shape)
  const head = shape.trees ? shape.trees * 1.3 : 0.03
  const colour = stage.at(depth, shape.colour)
  const foot = mix(palette.haze, shape.colour ?? palette.near, Math.max(0, depth ** 0.8 - 0.3))
  stage.layer(depth, Math.max(-0.1, shape.base - shape.height - head), 1.16, (context, area) => {
    const step = Math.max(2, Math.round(unit / 360))
    const points: Point[] = []
    for (let x = area.left; x <= area.right + step; x += step) points.push({ x, y: skyline(x) })
    context.beginPath()
    context.moveTo(area.left, area.bottom)
    for (const { x, y } of points) context.lineTo(x, y)
    context.lineTo(area.right + step, area.bottom)
    context.closePath()
    context.fillStyle = verticalGradient(context, (shape.base - shape.height) * h, (shape.base + 0.22) * h, [colour, foot])
    context.fill()
    context.save()
    context.clip()
    if (shape.facets) paintFacets(stage, context, depth, points, step)
    if (shape.snow) paintSnow(stage, context, area, shape, step)
    context.restore()
    if (shape.trees) paintTrees(context, area, shape, colour, skyline, stage)
    return Math.max(...points.map(({ y }) => y)) + 2
  })
  return skyline
}

interface Point {
  readonly x: number
  readonly y: number
}

function skylineOf({ w, h, unit, stream }: Stage, shape: RidgeShape): (x: number) => number {
  const random = stream(`ridge ${shape.base}`)
  const even = noise1(random)
  const odd = noise1(random)
  const start = random() * 300
  // Portrait frames show less of the chain, not a squeezed one.
  const frequency = shape.peaks / Math.max(w, unit * 1.2)
  return (x) => {
    let sum = 0
    let total = 0
    let weight = 1
    let f = frequency
    for (let octave = 0; octave < (shape.octaves ?? 6); octave += 1) {
      const value = (octave & 1 ? odd : even)(start + x * f + octave * 17)
      sum += weight * (shape.soft ? value : 1 - Math.abs(2 * value - 1))
      total += weight
      weight *= shape.roughness ?? 0.5
      f *= 2.1
    }
    return (shape.base - (shape.height * sum) / total) * h
  }
}

/** From each peak a shaded face falls away on the side that the sun does not see. */
function paintFacets(stage: Stage, context: SKRSContext2D, depth: number, points: readonly Point[], step: number): void {
  const { w, h, sun, palette, random } = stage
  const shade = mix(palette.near, palette.sky[0] ?? palette.near, 0.3)
  const reach = Math.max(2, Math.round((w * 0.012) / step))
  let next = reach
  for (let i = reach; i < points.length - reach; i += 1) {
    const peak = points[i] as Point
    if (i < next || points.slice(i - reach, i + reach + 1).some(({ y }) => y < peak.y)) continue
    const side = peak.x > sun.x ? 1 : -1
    let end = i
    while (end + side > 0 && end + side < points.length - 1) {
      const here = points[end] as Point
      const there = points[end + side] as Point
      if (there.y < here.y - 2 && Math.abs(end - i) >= reach) break
      end += side
    }
    if (side > 0) next = end
    const last = points[end] as Point
    const drop = Math.max(0.02 * h, last.y - peak.y)
    context.beginPath()
    context.moveTo(peak.x, peak.y)
    for (let k = i; k !== end; k += side) context.lineTo((points[k] as Point).x, (points[k] as Point).y)
    context.lineTo(last.x, last.y + drop * 0.9)
    for (let s = 7; s > 0; s -= 1) {
      const u = s / 7
      const jag = (random() - 0.5) * 0.022 * w * u - side * 0.006 * w * (s & 1)
      context.lineTo(peak.x + (last.x - peak.x) * 0.28 * u + jag, peak.y + drop * 1.9 * u)
    }
    context.closePath()
    const gradient = context.createLinearGradient(0, peak.y, 0, peak.y + drop * 1.7)
    gradient.addColorStop(0, alpha(shade, 0.22 + 0.12 * depth))
    gradient.addColorStop(0.55, alpha(shade, 0.12 + 0.08 * depth))
    gradient.addColorStop(1, alpha(shade, 0))
    context.fillStyle = gradient
    context.fill()
  }
}

function paintSnow(stage: Stage, context: SKRSContext2D, area: Area, shape: RidgeShape, step: number): void {
  const { w, h, random, palette, story } = stage
  const line = (shape.base - shape.height * (0.52 + 0.08 * random())) * h
  const ragged = noise1(random)
  const swing = shape.height * h
  context.beginPath()
  context.moveTo(area.left, area.top)
  for (let x = area.left; x <= area.right; x += step) {
    context.lineTo(x, line + (ragged(x / (w * 0.009)) - 0.5) * swing * 0.1 + (ragged(x / (w * 0.03) + 60) - 0.5) * swing * 0.16)
  }
  context.lineTo(area.right, area.top)
  context.closePath()
  const bright = story.time === 'day' || story.time === 'winter'
  context.fillStyle = alpha(mix('#ffffff', palette.haze, bright ? 0.1 : 0.55), 0.62)
  context.fill()
}

function paintTrees(
  context: SKRSContext2D,
  area: Area,
  shape: RidgeShape,
  colour: Colour,
  skyline: (x: number) => number,
  stage: Stage,
): void {
  const { random, unit } = stage
  const tallest = (shape.trees ?? 0) * unit
  context.fillStyle = colour
  for (let x = area.left; x < area.right; ) {
    const height = tallest * (0.45 + 0.75 * random())
    if (shape.round_trees) {
      if (random() < 0.4) roundTree(context, x, skyline(x) + height * 0.05, height, random)
      x += height * (0.5 + 1.4 * random())
    } else {
      pine(context, x, skyline(x) + height * 0.06, height, random)
      x += height * (0.2 + 0.34 * random())
    }
  }
}

export function pine(context: SKRSContext2D, x: number, y: number, height: number, random: Random): void {
  const tiers = 7
  const width = height * 0.19
  const top = y - height
  context.beginPath()
  context.moveTo(x, top)
  for (let i = 1; i <= tiers; i += 1) {
    const u = i / tiers
    context.lineTo(x + width * u * (0.85 + 0.3 * random()), top + height * u * 0.97)
    context.lineTo(x + width * u * 0.52, top + height * u * 0.93)
  }
  context.lineTo(x + height * 0.02, y)
  context.lineTo(x - height * 0.02, y)
  for (let i = tiers; i >= 1; i -= 1) {
    const u = i / tiers
    context.lineTo(x - width * u * 0.52, top + height * u * 0.93)
    context.lineTo(x - width * u * (0.85 + 0.3 * random()), top + height * u * 0.97)
  }
  context.closePath()
  context.fill()
}

export function roundTree(context: SKRSContext2D, x: number, y: number, height: number, random: Random): void {
  context.fillRect(x - height * 0.035, y - height * 0.5, height * 0.07, height * 0.5)
  for (let i = 0; i < 6; i += 1) {
    const radius = height * (0.17 + 0.1 * random())
    context.beginPath()
    context.arc(x + (random() - 0.5) * height * 0.42, y - height * (0.5 + 0.36 * random()), radius, 0, 2 * Math.PI)
    context.fill()
  }
}

/** A strip of haze between two ridges. Height and place are fractions of the frame. */
export function paintMist(stage: Stage, depth: number, y: number, height: number, opacity: number): void {
  const { w, h, palette } = stage
  const random = stage.stream(`mist ${depth} ${y}`)
  const motion = { sway_x: 0.045 * w, period_s: 21 + 9 * random(), phase: random() * 6 }
  stage.layer(
    depth,
    y - height,
    y + height,
    (context, area) => {
      const coarse = noise1(random)
      const fine = noise1(random)
      for (let x = area.left; x < area.right; x += 4) {
        const t = coarse(x / (w * 0.22)) * 0.65 + fine(x / (w * 0.08)) * 0.35
        const reach = height * h * (0.45 + 0.55 * t)
        const middle = (y + (fine(x / (w * 0.3) + 90) - 0.5) * height * 0.5) * h
        const strong = alpha(palette.haze, opacity * (0.5 + 0.5 * t))
        context.fillStyle = verticalGradient(context, middle - reach, middle + reach, [
          alpha(palette.haze, 0),
          strong,
          alpha(palette.haze, 0),
        ])
        context.fillRect(x, middle - reach, 4, reach * 2)
      }
      return null
    },
    motion,
  )
}
