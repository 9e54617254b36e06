import type { SKRSContext2D } from '@napi-rs/canvas'
import { standInAir } from './land.ts'
import { alpha, type Colour, mix } from './palette.ts'
import { paintMist } from './ridges.ts'
import { paintSky } from './sky.ts'
import { disc, glow, type Stage, verticalGradient } from './stage.ts'
import { standSubjects } from './subjects.ts'

interface Block {
  readonly depth: number
  readonly base: number
  readonly lowest: number
  readonly highest: number
  /** Of one building, as a fraction of the frame. */
  readonly width: number
  /** Free ground between buildings. */
  readonly gap?: number
}

export function paintCity(stage: Stage): void {
  const { story, palette, h } = stage
  paintSky(stage, 0.66)
  paintBlock(stage, { depth: 0.1, base: 0.66, lowest: 0.1, highest: 0.4, width: 0.035 })
  paintMist(stage, 0.14, 0.64, 0.07, story.fog ? 0.7 : 0.35)
  standInAir(stage, 0.2)
  paintBlock(stage, { depth: 0.22, base: 0.7, lowest: 0.08, highest: 0.34, width: 0.05, gap: 0.2 })
  paintMist(stage, 0.28, 0.72, 0.06, story.fog ? 0.7 : 0.25)
  paintBlock(stage, { depth: 0.4, base: 0.78, lowest: 0.08, highest: 0.32, width: 0.075, gap: 0.5 })
  paintStreet(stage)
  standSubjects(stage, { medium: 'ground', depth: 0.72, foot: () => 0.855 * h, scale: 1.1 })
  if (palette.lamps > 0) {
    paintLights(stage, 0.62, 40, 0.8)
    paintLights(stage, 0.92, 13, 0.94)
  }
}

function paintBlock(stage: Stage, block: Block): void {
  const { w, h, unit, random, palette, sun } = stage
  const size = Math.max(w, unit * 1.2)
  stage.layer(block.depth, block.base - block.highest - 0.08, 1.16, (context, area) => {
    const colour = mix(palette.haze, palette.near, block.depth ** 0.7)
    const foot = block.base * h
    if (!block.gap) {
      // Where two walls meet, both cover a part of one pixel: without a ground the far layers would shine through.
      context.fillStyle = colour
      context.fillRect(area.left, foot, area.right - area.left, area.bottom - foot)
    }
    for (let x = area.left - block.width * size; x < area.right; ) {
      const width = block.width * size * (0.6 + 0.9 * random())
      const central = 1 - Math.min(1, Math.abs((x + width / 2) / w - 0.5) * 1.1)
      const height = (block.lowest + (block.highest - block.lowest) * random() ** 1.6 * (0.45 + 0.55 * central)) * h
      const top = foot - height
      const shade = mix(colour, palette.haze, 0.1 * random())
      context.fillStyle = verticalGradient(context, top, foot, [shade, mix(shade, palette.haze, 0.28)])
      context.fillRect(x, top, width, area.bottom - top)
      paintRoof(stage, context, x, top, width, height)
      context.fillStyle = alpha(palette.sky.at(-1) ?? palette.haze, 0.16)
      const edge = Math.max(1, width * 0.05)
      context.fillRect(sun.x > x ? x + width - edge : x, top, edge, height)
      paintWindows(stage, context, block, { x, top, width, foot })
      if (stage.story.neon && block.depth > 0.2 && random() < 0.6) paintSign(stage, context, { x, top, width, foot })
      x += width * (1 + (block.gap ?? 0) * random())
    }
    return block.gap ? null : foot
  })
}

function paintRoof(stage: Stage, context: SKRSContext2D, x: number, top: number, width: number, height: number): void {
  const { random, unit, palette } = stage
  const kind = random()
  if (kind < 0.25) context.fillRect(x + width * 0.2, top - height * 0.06, width * 0.6, height * 0.07)
  else if (kind < 0.42) {
    context.beginPath()
    context.moveTo(x, top + 1)
    context.lineTo(x + width / 2, top - height * 0.1)
    context.lineTo(x + width, top + 1)
    context.fill()
  }
  if (random() >= 0.3) return
  const mast = Math.min(height * 0.16, 0.08 * unit)
  context.fillRect(x + width * 0.5, top - mast, Math.max(1, unit / 500), mast)
  if (palette.lamps === 0) return
  context.fillStyle = 'rgba(255,70,60,.9)'
  disc(context, x + width * 0.5, top - mast, unit / 330)
}

function paintWindows(
  stage: Stage,
  context: SKRSContext2D,
  block: Block,
  wall: { x: number; top: number; width: number; foot: number },
): void {
  const { random, palette } = stage
  const column = Math.max(3, wall.width / Math.round(5 + 6 * random()))
  const row = column * (1.1 + 0.6 * random())
  const columns = Math.floor(wall.width / column) - 1
  const rows = (wall.foot - wall.top) / row + 3
  const warm = random() < 0.72
  const lamp: Colour = warm ? mix('#ffbe69', '#ffeba5', random()) : '#bedcff'
  for (let r = 1; r < rows; r += 1) {
    for (let c = 0; c < columns; c += 1) {
      const lit = random() < palette.lamps * (0.55 + 0.5 * block.depth)
      const strength = random()
      if (lit) context.fillStyle = alpha(lamp, 0.35 + 0.6 * strength)
      else context.fillStyle = alpha(palette.dark ? palette.near : (palette.sky[0] ?? palette.near), 0.16)
      context.fillRect(wall.x + column * (0.75 + c), wall.top + r * row, column * 0.5, row * 0.42)
    }
  }
}

const NEONS: readonly Colour[] = ['#ff3fa4', '#21e6ff', '#ffe14a', '#8b5cff', '#ff6a3d']

/** A sign without words, upright or across the wall, in its own light. */
function paintSign(stage: Stage, context: SKRSContext2D, wall: { x: number; top: number; width: number; foot: number }): void {
  const { unit, random } = stage
  const colour = NEONS[Math.floor(random() * NEONS.length)] ?? '#ff3fa4'
  const upright = random() < 0.6
  const width = upright ? unit * 0.016 : wall.width * 0.6
  const height = upright ? (wall.foot - wall.top) * (0.3 + 0.3 * random()) : unit * 0.018
  const x = wall.x + (wall.width - width) * random()
  const y = wall.top + (wall.foot - wall.top) * (0.1 + 0.3 * random())
  context.save()
  context.shadowColor = colour
  context.shadowBlur = unit * 0.035
  context.strokeStyle = colour
  context.lineWidth = Math.max(1.5, unit * 0.003)
  context.beginPath()
  context.roundRect(x, y, width, height, unit * 0.004)
  context.stroke()
  context.fillStyle = alpha(colour, 0.3)
  context.fill()
  context.fillStyle = mix(colour, '#ffffff', 0.55)
  const glyphs = Math.max(2, Math.round(Math.max(width, height) / (unit * 0.02)))
  const pitch = Math.max(width, height) / glyphs
  for (let i = 0; i < glyphs; i += 1) {
    const u = i * pitch + pitch * 0.25
    if (upright) context.fillRect(x + width * 0.25, y + u, width * 0.5, pitch * 0.5)
    else context.fillRect(x + u, y + height * 0.25, pitch * 0.5, height * 0.5)
  }
  context.restore()
}

/** A wide street with kerb, lane marks and, by lamp light or rain, reflections. */
function paintStreet(stage: Stage): void {
  const { w, h, random, palette, story } = stage
  const wet = story.weather === 'rain' || palette.dark
  stage.layer(0.55, 0.77, 1.18, (context, area) => {
    const width = area.right - area.left
    context.fillStyle = verticalGradient(context, area.top, area.bottom, [mix(palette.near, palette.haze, 0.3), palette.near])
    context.fillRect(area.left, area.top, width, area.bottom - area.top)
    context.fillStyle = alpha(palette.haze, palette.dark ? 0.16 : 0.3)
    context.fillRect(area.left, 0.795 * h, width, 0.006 * h)
    for (let x = area.left; x < area.right; x += 0.09 * w) context.fillRect(x, 0.925 * h, 0.045 * w, 0.009 * h)
    for (let i = 0; i < (wet ? 150 : 40); i += 1) {
      const x = area.left + random() * width
      const length = (0.03 + 0.16 * random()) * h
      const y = area.top + random() * 0.05 * h
      const pick = random()
      const colour = story.neon
        ? (NEONS[Math.floor(pick * NEONS.length)] ?? palette.glow)
        : palette.lamps > 0
          ? pick < 0.7
            ? '#ffbe6e'
            : pick < 0.86
              ? '#ff5a6e'
              : '#78beff'
          : palette.glow
      context.fillStyle = verticalGradient(context, y, y + length, [
        alpha(colour, (palette.lamps || 0.2) * 0.75 * random()),
        alpha(colour, 0),
      ])
      context.fillRect(x, y, w * (0.002 + 0.008 * random()), length)
    }
    return area.top
  })
}

/** Lamps out of focus: far ones small, near ones large. */
function paintLights(stage: Stage, depth: number, count: number, row: number): void {
  const { w, h, unit, random } = stage
  stage.layer(
    depth,
    row - 0.09,
    row + 0.12,
    (context, area) => {
      for (let i = 0; i < count; i += 1) {
        const x = area.left + random() * (area.right - area.left)
        const y = (row + (random() - 0.5) * 0.04) * h
        const radius = (depth < 0.7 ? 0.012 : 0.045) * unit * (0.6 + random())
        const pick = random()
        const colour = pick < 0.45 ? '#ffebbe' : pick < 0.7 ? '#ff463c' : '#5ac8ff'
        glow(context, x, y, radius, [
          [0, alpha(colour, 0.8)],
          [0.45, alpha(colour, 0.36)],
          [1, alpha(colour, 0)],
        ])
      }
      return null
    },
    { sway_x: (depth < 0.7 ? 0.05 : 0.09) * w, period_s: 17, phase: depth * 3 },
  )
}
