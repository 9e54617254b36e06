import type { SKRSContext2D } from '@napi-rs/canvas'
import { standInAir } from './land.ts'
import { noise1 } from './noise.ts'
import { alpha, mix } from './palette.ts'
import { paintMist, paintRidge } from './ridges.ts'
import { paintSky } from './sky.ts'
import { type Area, glow, type Stage, verticalGradient } from './stage.ts'
import { belongsIn, standSubjects } from './subjects.ts'

const HORIZON = 0.54
const BANDS = 7

export function paintOcean(stage: Stage): void {
  const { story, h } = stage
  const ashore = story.subjects.some((subject) => belongsIn(subject, 'ground'))
  paintSky(stage, HORIZON)
  paintRidge(stage, 0.08, { base: HORIZON + 0.005, height: 0.07, peaks: 2.2, roughness: 0.4 })
  standInAir(stage, 0.2)
  paintSea(stage)
  if (story.fog) paintMist(stage, 0.12, HORIZON, 0.08, 0.8)
  const shore = ashore ? 3 : BANDS
  for (let band = 0; band < shore; band += 1) {
    // The boat rides between the far and the near waves.
    if (band === Math.min(3, shore - 1))
      standSubjects(stage, { medium: 'water', depth: 0.42, foot: () => (HORIZON + (ashore ? 0.08 : 0.13)) * h })
    paintWaves(stage, band)
  }
  if (ashore) paintBeach(stage)
}

function paintSea(stage: Stage): void {
  const { palette, sun, h, unit } = stage
  stage.layer(0.1, HORIZON, 1.16, (context, area) => {
    context.fillStyle = verticalGradient(context, area.top, area.bottom, palette.water)
    context.fillRect(area.left, area.top, area.right - area.left, area.bottom - area.top)
    glow(context, sun.x, HORIZON * h, 0.55 * unit, [
      [0, alpha(palette.glow, 0.7)],
      [1, alpha(palette.glow, 0)],
    ])
    return area.top
  })
}

function paintWaves(stage: Stage, band: number): void {
  const { w, h, palette, random } = stage
  const near = (band + 0.5) / BANDS
  const row = HORIZON + (1.02 - HORIZON) * (band / BANDS) ** 1.7 + 0.006
  const height = 0.004 + 0.034 * near ** 1.6
  const depth = 0.14 + 0.8 * near ** 1.2
  const colour = mix(palette.water[1], palette.water[2], near ** 0.9)
  const motion = { sway_x: (0.006 + 0.012 * near) * w, sway_y: (0.002 + 0.009 * near) * h, period_s: 3.2 + 1.4 * near, phase: band * 1.7 }
  stage.layer(
    depth,
    row - height * 1.4,
    row + height * 2.2 + 0.12 * near + 0.02,
    (context, area) => {
      const choppy = noise1(random)
      const long = noise1(random)
      const crest = (x: number): number =>
        (row - height * (0.35 * long(x / (w * 0.35 * (0.3 + near))) + 0.65 * choppy(x / (w * 0.07 * (0.35 + near))) ** 1.4)) * h
      // Fades into the water below: no lower edge is ever seen.
      const end = area.bottom
      context.beginPath()
      context.moveTo(area.left, end)
      for (let x = area.left; x <= area.right + 3; x += 3) context.lineTo(x, crest(x))
      context.lineTo(area.right + 3, end)
      context.closePath()
      context.fillStyle = verticalGradient(context, area.top, end, [
        alpha(mix(colour, palette.water[0], 0.34), 0.92),
        alpha(colour, 0.75),
        alpha(colour, 0),
      ])
      context.fill()
      paintGlitter(stage, context, area, near, (x) => crest(x) + random() * height * h * 1.3)
      return null
    },
    motion,
  )
}

function paintGlitter(stage: Stage, context: SKRSContext2D, area: Area, near: number, row: (x: number) => number): void {
  const { w, random, palette, sun } = stage
  for (let i = 0; i < 46; i += 1) {
    const x = area.left + random() * (area.right - area.left)
    const length = w * (0.008 + 0.035 * near) * (0.4 + random())
    const in_path = Math.exp(-(((x - sun.x) / (0.1 * w * (0.5 + near))) ** 2))
    context.fillStyle = alpha(palette.glow, (0.05 + 0.55 * in_path) * (0.4 + 0.6 * random()))
    context.beginPath()
    context.ellipse(x, row(x), length, Math.max(0.7, length * 0.045), 0, 0, 2 * Math.PI)
    context.fill()
  }
}

function paintBeach(stage: Stage): void {
  const { w, h, palette, random } = stage
  const edge = noise1(random)
  const sand = mix(palette.dark ? '#2a3144' : '#d8b98a', palette.near, palette.sun_y > 0.3 ? 0.5 : 0.15)
  const row = (x: number): number => (0.76 + 0.03 * edge(x / (w * 0.4))) * h
  // Surf comes and goes over the wet sand.
  stage.layer(
    0.55,
    0.7,
    1.18,
    (context, area) => {
      for (const [shift, colour] of [
        [-0.012, alpha(mix(palette.haze, '#ffffff', palette.dark ? 0.2 : 0.7), 0.85)],
        [0, alpha(mix(sand, palette.near, 0.25), 1)],
      ] as const) {
        context.fillStyle = colour
        context.beginPath()
        context.moveTo(area.left, area.bottom)
        for (let x = area.left; x <= area.right + 4; x += 4) context.lineTo(x, row(x) + shift * h)
        context.lineTo(area.right + 4, area.bottom)
        context.fill()
      }
      return null
    },
    { sway_y: 0.008 * h, period_s: 4.6 },
  )
  stage.layer(0.62, 0.78, 1.18, (context, area) => {
    context.fillStyle = verticalGradient(context, 0.8 * h, area.bottom, [sand, mix(sand, palette.near, 0.55)])
    context.beginPath()
    context.moveTo(area.left, area.bottom)
    for (let x = area.left; x <= area.right + 4; x += 4) context.lineTo(x, row(x) + 0.045 * h)
    context.lineTo(area.right + 4, area.bottom)
    context.fill()
    return 0.84 * h
  })
  standSubjects(stage, { medium: 'ground', depth: 0.66, foot: (x) => row(x) + 0.1 * h })
}
