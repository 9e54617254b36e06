import { alpha, mix } from './palette.ts'
import { paintMist, paintRidge, pine } from './ridges.ts'
import { paintSky } from './sky.ts'
import { disc, type Stage, verticalGradient } from './stage.ts'
import { standSubjects } from './subjects.ts'

const HORIZON = 0.62

export function paintMountain(stage: Stage): void {
  const fog = stage.story.fog
  const winter = stage.story.time === 'winter'
  paintSky(stage, HORIZON)
  paintRidge(stage, 0.1, { base: 0.6, height: 0.34, peaks: 2.6, facets: true, snow: true })
  if (fog) paintMist(stage, 0.13, 0.56, 0.1, 0.6)
  paintRidge(stage, 0.2, { base: 0.66, height: 0.26, peaks: 3.2, facets: true, snow: winter })
  paintMist(stage, 0.24, 0.64, 0.08, fog ? 0.85 : 0.5)
  standInAir(stage, 0.3)
  paintRidge(stage, 0.36, { base: 0.74, height: 0.18, peaks: 3.4, facets: true, roughness: 0.46 })
  paintMist(stage, 0.42, 0.76, 0.07, fog ? 0.8 : 0.35)
  if (stage.story.lake) paintLake(stage, 0.74)
  const near = paintRidge(stage, 0.56, { base: 0.84, height: 0.12, peaks: 3, soft: true, trees: 0.055 })
  standSubjects(stage, { medium: 'ground', depth: 0.6, foot: (x) => near(x) + 0.012 * stage.h, scale: 0.85 })
  paintRidge(stage, 0.8, { base: 0.97, height: 0.11, peaks: 2.4, soft: true, trees: stage.story.subjects.length > 0 ? 0.06 : 0.1 })
  paintFramingTrees(stage)
}

export function paintForest(stage: Stage): void {
  const fog = stage.story.fog
  paintSky(stage, HORIZON)
  const colour = stage.story.autumn ? mix('#b4541c', stage.palette.near, stage.palette.dark ? 0.7 : 0.25) : stage.palette.near
  paintRidge(stage, 0.1, { base: 0.58, height: 0.2, peaks: 2.2, soft: true, trees: 0.035, colour })
  paintMist(stage, 0.14, 0.6, 0.1, 0.55)
  paintRidge(stage, 0.22, { base: 0.68, height: 0.14, peaks: 2.6, soft: true, trees: 0.09, colour })
  paintMist(stage, 0.28, 0.68, 0.1, 0.6)
  standInAir(stage, 0.3)
  paintRidge(stage, 0.4, { base: 0.8, height: 0.12, peaks: 2.4, soft: true, trees: 0.17, colour })
  paintMist(stage, 0.46, 0.8, 0.08, fog ? 0.8 : 0.4)
  paintRidge(stage, 0.58, { base: 0.88, height: 0.07, peaks: 2.2, soft: true, trees: 0.28, colour })
  const clearing = paintRidge(stage, 0.68, { base: 0.92, height: 0.05, peaks: 1.6, soft: true, octaves: 3, colour })
  standSubjects(stage, { medium: 'ground', depth: 0.7, foot: (x) => clearing(x) + 0.012 * stage.h })
  paintRidge(stage, 0.9, { base: 1.1, height: 0.06, peaks: 2, soft: true, trees: stage.story.subjects.length > 0 ? 0.22 : 0.5, colour })
}

export function paintDesert(stage: Stage): void {
  const { time } = stage.story
  const sand = time === 'night' ? '#1a2238' : time === 'day' ? '#b8763a' : time === 'overcast' || time === 'winter' ? '#7d6a58' : '#5a2430'
  paintSky(stage, HORIZON)
  const dry = vivid(stage)
  paintRidge(dry, 0.1, { base: 0.62, height: 0.1, peaks: 2, roughness: 0.35, octaves: 3, colour: sand, facets: true })
  paintMesas(dry, sand)
  standInAir(stage, 0.2)
  paintRidge(dry, 0.22, { base: 0.7, height: 0.11, peaks: 1.6, soft: true, octaves: 3, roughness: 0.3, colour: sand, facets: true })
  paintRidge(dry, 0.4, { base: 0.8, height: 0.12, peaks: 1.3, soft: true, octaves: 2, roughness: 0.35, colour: sand, facets: true })
  const dune = paintRidge(dry, 0.62, {
    base: 0.92,
    height: 0.13,
    peaks: 1.1,
    soft: true,
    octaves: 2,
    colour: mix(sand, '#000000', 0.25),
    facets: true,
  })
  standSubjects(stage, { medium: 'ground', depth: 0.64, foot: (x) => dune(x) + 0.008 * stage.h, scale: 0.9 })
  paintRidge(stage, 0.95, { base: 1.1, height: 0.13, peaks: 0.8, soft: true, octaves: 2, colour: mix(sand, '#000000', 0.55) })
}

function paintMesas(stage: Stage, colour: string): void {
  const { h, random, unit } = stage
  stage.layer(0.15, 0.4, 0.75, (context, area) => {
    for (let i = 0; i < 3; i += 1) {
      const x = area.left + random() * (area.right - area.left)
      const width = unit * (0.1 + 0.16 * random())
      const height = unit * (0.07 + 0.09 * random())
      const foot = 0.63 * h
      context.fillStyle = verticalGradient(context, foot - height, foot, [stage.at(0.17, colour), stage.at(0.1, colour)])
      context.beginPath()
      context.moveTo(x - width * 0.72, foot + 0.05 * h)
      context.lineTo(x - width * 0.5, foot - height * 0.45)
      context.lineTo(x - width * 0.44, foot - height)
      context.lineTo(x + width * 0.42, foot - height * (0.94 + 0.06 * random()))
      context.lineTo(x + width * 0.5, foot - height * 0.45)
      context.lineTo(x + width * 0.76, foot + 0.05 * h)
      context.fill()
    }
    return null
  })
}

/** Grass and sand keep their colour further than rock does. */
function vivid(stage: Stage): Stage {
  const { palette } = stage
  return { ...stage, at: (depth, colour = palette.near) => mix(palette.haze, colour, depth ** 0.45) }
}

const FLOWERS = ['#f6d55c', '#ed6a5a', '#f4f1de', '#c77dff', '#ff9fb2']

export function paintMeadow(stage: Stage): void {
  const { story, palette } = stage
  const grass = story.autumn
    ? mix('#9a6a24', palette.near, palette.dark ? 0.75 : 0.2)
    : palette.dark
      ? '#0c1a1c'
      : story.time === 'day'
        ? '#3d8a42'
        : story.time === 'overcast'
          ? '#2e463a'
          : story.time === 'winter'
            ? '#5e7686'
            : '#3a2a35'
  paintSky(stage, 0.6)
  const fresh = vivid(stage)
  paintRidge(fresh, 0.1, { base: 0.6, height: 0.16, peaks: 2.2, soft: true, octaves: 4, colour: mix(grass, palette.sky[0] ?? grass, 0.4) })
  paintMist(stage, 0.14, 0.6, 0.06, story.fog ? 0.8 : 0.4)
  paintRidge(fresh, 0.24, { base: 0.67, height: 0.1, peaks: 1.8, soft: true, octaves: 3, trees: 0.05, round_trees: true, colour: grass })
  standInAir(stage, 0.3)
  paintRidge(fresh, 0.42, { base: 0.77, height: 0.1, peaks: 1.5, soft: true, octaves: 3, trees: 0.1, round_trees: true, colour: grass })
  if (story.fog) paintMist(stage, 0.48, 0.8, 0.07, 0.7)
  const field = paintRidge(fresh, 0.64, {
    base: 0.88,
    height: 0.06,
    peaks: 1.1,
    soft: true,
    octaves: 2,
    colour: mix(grass, '#000000', 0.12),
  })
  standSubjects(stage, { medium: 'ground', depth: 0.66, foot: (x) => field(x) + 0.014 * stage.h })
  paintGrass(stage, mix(grass, '#000000', 0.35))
}

/** Blades right in front of the lens, and flowers between them. */
function paintGrass(stage: Stage, colour: string): void {
  const { w, h, random, unit, palette } = stage
  for (const [depth, foot, tallest] of [
    [0.85, 0.98, 0.09],
    [1, 1.08, 0.15],
  ] as const) {
    stage.layer(
      depth,
      foot - tallest - 0.04,
      1.18,
      (context, area) => {
        const shade = mix(colour, '#000000', (depth - 0.85) * 3)
        context.fillStyle = shade
        context.fillRect(area.left, foot * h, area.right - area.left, area.bottom - foot * h)
        const blades = Math.round(((area.right - area.left) / unit) * 210)
        for (let i = 0; i < blades; i += 1) {
          const x = area.left + random() * (area.right - area.left)
          const height = tallest * unit * (0.3 + 0.7 * random())
          const lean = (random() - 0.4) * height * 0.7
          const thick = unit * 0.0035
          context.fillStyle = i % 3 === 0 ? mix(shade, palette.haze, 0.12) : shade
          context.beginPath()
          context.moveTo(x - thick, foot * h + 2)
          context.quadraticCurveTo(x, foot * h - height * 0.6, x + lean, foot * h - height)
          context.quadraticCurveTo(x + thick * 2, foot * h - height * 0.5, x + thick * 2, foot * h + 2)
          context.fill()
          if (palette.dark || i % 11 !== 0) continue
          context.fillStyle = mix(FLOWERS[i % FLOWERS.length] ?? palette.haze, palette.near, palette.sun_y > 0.3 ? 0.3 : 0.05)
          disc(context, x + lean, foot * h - height, unit * 0.0065 * (0.6 + depth * 0.6))
        }
        return foot * h + 2
      },
      { sway_x: 0.004 * w, period_s: 3.4, phase: depth * 5 },
    )
  }
}

/** Still water from a shore line down; nearer ridges cover its near end. */
function paintLake(stage: Stage, shore: number): void {
  const { w, h, random, palette, sun } = stage
  stage.layer(0.4, shore, 1.16, (context, area) => {
    const width = area.right - area.left
    context.fillStyle = verticalGradient(context, area.top, area.top + 0.2 * h, [
      mix(palette.water[0], palette.haze, 0.45),
      mix(palette.water[0], palette.water[1], 0.6),
      palette.water[2],
    ])
    context.fillRect(area.left, area.top, width, area.bottom - area.top)
    for (let i = 0; i < 130; i += 1) {
      const y = area.top + random() ** 1.5 * 0.14 * h
      const x = area.left + random() * width
      const in_path = Math.exp(-(((x - sun.x) / (0.07 * w)) ** 2))
      context.fillStyle = alpha(palette.glow, (0.07 + 0.5 * in_path) * (0.3 + 0.7 * random()))
      context.fillRect(x, y, w * (0.01 + 0.05 * random()), Math.max(1, h * 0.0018))
    }
    return area.top
  })
}

/** Dark trees at both edges lead the eye in. */
function paintFramingTrees(stage: Stage): void {
  const { w, h, random, unit, palette } = stage
  stage.layer(1, 0.1, 1.18, (context, area) => {
    context.fillStyle = mix(palette.near, '#000000', 0.35)
    for (const side of [-1, 1]) {
      for (let i = 0; i < 5; i += 1) {
        const height = (0.32 + 0.36 * random()) * Math.min(h, unit * 1.3) * (1 - i * 0.09)
        pine(context, w * 0.5 + side * w * (0.6 - 0.055 * i + 0.03 * random()), 1.15 * h, height, random)
      }
    }
    context.fillRect(area.left, 1.08 * h, area.right - area.left, area.bottom - 1.08 * h)
    return null
  })
}

export function standInAir(stage: Stage, depth: number): void {
  const row = (0.28 + 0.1 * stage.random()) * stage.h
  const big = stage.story.subjects.some(({ kind }) => kind === 'balloon' || kind === 'rocket')
  standSubjects(stage, { medium: 'air', depth: big ? Math.max(depth, 0.45) : depth, foot: () => row + (big ? 0.2 * stage.unit : 0) })
}
