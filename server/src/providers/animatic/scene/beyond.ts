import { noise1 } from './noise.ts'
import { alpha, hsl, mix } from './palette.ts'
import { paintRidge } from './ridges.ts'
import { paintStars } from './sky.ts'
import { disc, glow, type Stage, verticalGradient } from './stage.ts'
import { belongsIn, standSubjects } from './subjects.ts'

/** Space: nebula, stars, a planet, the ground of a moon. */
export function paintSpace(stage: Stage): void {
  const { w, h, unit, random, story } = stage
  // From blue to magenta: nebulas of other hues look like mould.
  const hue = 0.55 + 0.36 * random()
  stage.layer(0.02, -0.12, 1.16, (context, area) => {
    context.fillStyle = verticalGradient(context, area.top, area.bottom, ['#03040c', mix('#080b1e', hsl(hue, 0.6, 0.16), 0.6), '#05060f'])
    context.fillRect(area.left, area.top, area.right - area.left, area.bottom - area.top)
    for (let i = 0; i < 26; i += 1) {
      const along = random()
      const x = area.left + along * (area.right - area.left)
      const y = (0.75 - 0.5 * along + (random() - 0.5) * 0.35) * h
      const colour = hsl(hue + (random() - 0.5) * 0.22, 0.7, 0.5)
      glow(context, x, y, unit * (0.14 + 0.3 * random()), [
        [0, alpha(colour, 0.15)],
        [1, alpha(colour, 0)],
      ])
    }
    paintStars(stage, context, area, 1.15)
    return area.top
  })
  paintPlanet(stage, 0.14, 0.03 + 0.08 * random(), 0.26, { x: w * (random() < 0.5 ? 0.24 : 0.76), y: 0.32 * h })
  if (random() < 0.7) paintPlanet(stage, 0.2, 0.48 + 0.08 * random(), 0.055, { x: w * (0.45 + 0.1 * random()), y: 0.17 * h })
  standSubjects(stage, { medium: 'void', depth: 0.5, foot: () => 0.66 * h })
  standSubjects(stage, { medium: 'air', depth: 0.3, foot: () => 0.4 * h })
  const rock = mix('#8d8fa3', hsl(hue, 0.3, 0.4), 0.4)
  paintRidge(stage, 0.45, { base: 0.93, height: 0.1, peaks: 2.4, roughness: 0.42, facets: true, colour: mix(rock, '#05060f', 0.55) })
  const ground = paintRidge(stage, 0.68, {
    base: 0.96,
    height: 0.05,
    peaks: 1.2,
    soft: true,
    octaves: 3,
    colour: mix(rock, '#05060f', 0.72),
  })
  if (story.subjects.some((subject) => belongsIn(subject, 'ground')))
    standSubjects(stage, { medium: 'ground', depth: 0.7, foot: (x) => ground(x) + 0.01 * h })
  paintRidge(stage, 0.95, { base: 1.1, height: 0.06, peaks: 1.4, octaves: 4, colour: '#04050b' })
}

function paintPlanet(stage: Stage, depth: number, hue: number, size: number, at: { x: number; y: number }): void {
  const { h, unit, random } = stage
  const radius = size * unit
  const ringed = size > 0.1
  stage.layer(depth, at.y / h - (2.1 * radius) / h, at.y / h + (2.1 * radius) / h, (context, area) => {
    const wave = noise1(random)
    if (ringed) ring(Math.PI, 2 * Math.PI)
    glow(context, at.x, at.y, radius * 1.5, [
      [0.6, alpha(hsl(hue, 0.6, 0.6), 0.3)],
      [1, alpha(hsl(hue, 0.6, 0.6), 0)],
    ])
    context.save()
    context.beginPath()
    context.arc(at.x, at.y, radius, 0, 2 * Math.PI)
    context.clip()
    for (let y = -1; y < 1; y += 0.02) {
      context.fillStyle = hsl(hue + 0.06 * (wave(y * 5 + 40) - 0.5), 0.45, 0.34 + 0.32 * wave(y * 7 + 90))
      context.fillRect(at.x - radius, at.y + y * radius, 2 * radius, radius * 0.03)
    }
    const shadow = context.createRadialGradient(at.x - radius * 0.5, at.y - radius * 0.5, radius * 0.3, at.x, at.y, radius * 1.15)
    shadow.addColorStop(0, 'rgba(3,4,12,0)')
    shadow.addColorStop(0.6, 'rgba(3,4,12,.35)')
    shadow.addColorStop(1, 'rgba(3,4,12,.95)')
    context.fillStyle = shadow
    context.fillRect(area.left, area.top, area.right - area.left, area.bottom - area.top)
    context.restore()
    if (ringed) ring(0, Math.PI)
    return null

    /** The half behind the planet is drawn before it, the other after it. */
    function ring(from: number, to: number): void {
      context.strokeStyle = alpha(hsl(hue + 0.08, 0.5, 0.78), 0.7)
      for (const [scale, width] of [
        [1.5, 0.035],
        [1.66, 0.07],
        [1.84, 0.02],
      ] as const) {
        context.lineWidth = radius * width
        context.beginPath()
        context.ellipse(at.x, at.y, radius * scale, radius * scale * 0.2, -0.28, from, to)
        context.stroke()
      }
    }
  })
}

/** Under water: rays from above, rocks, swaying weed, bubbles. */
export function paintUnderwater(stage: Stage): void {
  const { w, h, unit, palette, story } = stage
  const surface = palette.dark ? '#14507a' : '#7fe0dc'
  const deep = palette.dark ? '#020b18' : '#06304f'
  stage.layer(0.02, -0.12, 1.16, (context, area) => {
    context.fillStyle = verticalGradient(context, area.top, area.bottom, [surface, mix(surface, deep, 0.55), deep])
    context.fillRect(area.left, area.top, area.right - area.left, area.bottom - area.top)
    glow(context, stage.sun.x, -0.05 * h, 0.7 * unit, [
      [0, alpha('#eafff5', 0.55)],
      [1, alpha('#eafff5', 0)],
    ])
    return area.top
  })
  stage.actor(0.05, (context, t) => {
    for (let ray = 0; ray < 7; ray += 1) {
      const x = stage.sun.x + (ray - 3) * 0.12 * w
      const drift = 0.05 * w * Math.sin(t * 0.35 + ray)
      const gradient = context.createLinearGradient(0, -0.1 * h, 0, 0.85 * h)
      gradient.addColorStop(0, `rgba(235,255,245,${0.1 + 0.05 * Math.sin(t * 0.7 + ray * 2)})`)
      gradient.addColorStop(1, 'rgba(235,255,245,0)')
      context.fillStyle = gradient
      context.beginPath()
      context.moveTo(x - 0.02 * w, -0.12 * h)
      context.lineTo(x + 0.025 * w, -0.12 * h)
      context.lineTo(x + (ray - 3) * 0.09 * w + drift + 0.07 * w, 0.9 * h)
      context.lineTo(x + (ray - 3) * 0.09 * w + drift - 0.07 * w, 0.9 * h)
      context.fill()
    }
  })
  const rock = (depth: number): string => mix(mix(surface, deep, 0.6), '#021420', depth)
  const plain = { roughness: 0.42, octaves: 5 }
  paintRidge({ ...stage, at: (depth) => rock(depth) }, 0.14, { base: 0.82, height: 0.22, peaks: 2.2, ...plain, colour: rock(0.15) })
  standSubjects(stage, { medium: 'deep', depth: 0.4, foot: () => 0.42 * h })
  paintRidge({ ...stage, at: (depth) => rock(depth) }, 0.34, { base: 0.9, height: 0.18, peaks: 2.6, ...plain, colour: rock(0.35) })
  const bed = paintRidge({ ...stage, at: (depth) => rock(depth) }, 0.49, {
    base: 0.9,
    height: 0.06,
    peaks: 2,
    soft: true,
    octaves: 3,
    colour: rock(0.5),
  })
  paintCoral(stage, 0.5, bed)
  paintWeed(stage, 0.6, 0.97, 7)
  if (!story.subjects.some(({ kind }) => kind === 'fish'))
    standSubjects(
      { ...stage, story: { ...story, subjects: [{ kind: 'fish', many: true }] } },
      { medium: 'deep', depth: 0.55, foot: () => 0.5 * h, scale: 0.7 },
    )
  paintRidge({ ...stage, at: (depth) => rock(depth) }, 0.75, {
    base: 1.05,
    height: 0.1,
    peaks: 1.8,
    soft: true,
    octaves: 3,
    colour: rock(0.75),
  })
  paintWeed(stage, 0.95, 1.14, 5)
  paintBubbles(stage)
}

const CORALS = ['#ff7f6b', '#f6a6c1', '#ffb84d', '#b388eb', '#5ad1c9']

function paintCoral(stage: Stage, depth: number, bed: (x: number) => number): void {
  const { unit, random, palette } = stage
  stage.layer(depth, 0.5, 1, (context, area) => {
    for (let i = 0; i < 15; i += 1) {
      const x = area.left + ((i + random()) / 15) * (area.right - area.left)
      const foot = bed(x) + 0.004 * unit
      const height = unit * (0.06 + 0.12 * random())
      const colour = mix(CORALS[i % CORALS.length] ?? '#ff7f6b', '#06304f', palette.dark ? 0.72 : 0.32)
      context.strokeStyle = colour
      context.fillStyle = colour
      context.lineCap = 'round'
      if (random() < 0.35) {
        context.beginPath()
        context.ellipse(x, foot, height * 0.7, height * 0.5, 0, Math.PI, 2 * Math.PI)
        context.fill()
        continue
      }
      for (let branch = -2; branch <= 2; branch += 1) {
        const lean = branch * height * 0.2 + (random() - 0.5) * height * 0.1
        context.lineWidth = height * 0.11
        context.beginPath()
        context.moveTo(x, foot)
        context.quadraticCurveTo(x + lean * 0.3, foot - height * 0.5, x + lean, foot - height * (1 - 0.12 * Math.abs(branch)))
        context.stroke()
      }
    }
    return null
  })
}

function paintWeed(stage: Stage, depth: number, foot: number, count: number): void {
  const { w, h, unit, random, palette } = stage
  const colour = mix(palette.dark ? '#04202a' : '#0d5a4c', '#010d14', depth * 0.8)
  const blades = Array.from({ length: count }, () => ({
    x: (-0.15 + 1.3 * random()) * w,
    height: unit * (0.25 + 0.3 * random()),
    phase: random() * 6,
  }))
  stage.actor(depth, (context, t) => {
    context.fillStyle = colour
    for (const { x, height, phase } of blades) {
      for (let blade = -1; blade <= 1; blade += 1) {
        const tip = x + blade * height * 0.22 + height * 0.13 * Math.sin(t * 0.9 + phase + blade)
        const middle = x + blade * height * 0.06 - height * 0.07 * Math.sin(t * 0.9 + phase + 1)
        const thick = height * 0.045
        const long = height * (blade === 0 ? 1 : 0.75)
        context.beginPath()
        context.moveTo(x - thick, foot * h)
        context.quadraticCurveTo(middle - thick, foot * h - long * 0.55, tip, foot * h - long)
        context.quadraticCurveTo(middle + thick * 1.6, foot * h - long * 0.5, x + thick, foot * h)
        context.fill()
      }
    }
  })
}

function paintBubbles(stage: Stage): void {
  const { w, h, unit, random } = stage
  const bubbles = Array.from({ length: 26 }, () => ({
    x: random() * 1.1 * w,
    y: random(),
    radius: unit * (0.002 + 0.007 * random()),
    speed: 0.05 + 0.07 * random(),
  }))
  stage.actor(0.8, (context, t) => {
    context.lineWidth = unit * 0.0015
    for (const { x, y, radius, speed } of bubbles) {
      const up = 1.1 - ((y + t * speed) % 1.2)
      context.strokeStyle = 'rgba(230,255,250,.5)'
      context.beginPath()
      context.arc(x + 0.008 * w * Math.sin(t * 1.6 + y * 9), up * h, radius, 0, 2 * Math.PI)
      context.stroke()
      context.fillStyle = 'rgba(230,255,250,.14)'
      context.fill()
    }
  })
}

// Pairs that sit well together; free hues give lurid greens. In turns of the colour circle: ground and accent.
const HUES = [
  [0.61, 0.05],
  [0.55, 0.11],
  [0.74, 0.95],
  [0.95, 0.08],
  [0.48, 0.03],
  [0.66, 0.87],
] as const

/** No place in the prompt: ribbons in two related hues, and a disc. */
export function paintAbstract(stage: Stage): void {
  const { w, h, unit, random, palette } = stage
  const [hue, second] = HUES[Math.floor(random() * HUES.length)] ?? HUES[0]
  const lightness = palette.dark ? 0.16 : 0.84
  stage.layer(0.02, -0.12, 1.18, (context, area) => {
    context.fillStyle = verticalGradient(context, area.top, area.bottom, [
      hsl(hue, 0.5, lightness),
      hsl(second, 0.55, lightness - (palette.dark ? 0.06 : 0.14)),
    ])
    context.fillRect(area.left, area.top, area.right - area.left, area.bottom - area.top)
    return area.top
  })
  const disc_x = w * (0.36 + 0.28 * random())
  stage.layer(0.16, 0.02, 0.8, (context) => {
    glow(context, disc_x, 0.36 * h, 0.42 * unit, [
      [0.4, alpha(hsl(second, 0.8, 0.62), 0.4)],
      [1, alpha(hsl(second, 0.8, 0.62), 0)],
    ])
    context.fillStyle = verticalGradient(context, 0.36 * h - 0.2 * unit, 0.36 * h + 0.2 * unit, [
      hsl(second, 0.85, 0.68),
      hsl(second - 0.06, 0.8, 0.52),
    ])
    disc(context, disc_x, 0.36 * h, 0.2 * unit)
    return null
  })
  const ribbons = 6
  for (let ribbon = 0; ribbon < ribbons; ribbon += 1) {
    const near = (ribbon + 1) / ribbons
    const wave = noise1(random)
    const row = (x: number): number => (0.4 + 0.52 * near + 0.22 * (wave(x / (w * (0.3 + 0.25 * near))) - 0.5)) * h
    const colour = hsl(
      hue + shorter(second - hue) * near * 0.6 + 0.03 * (random() - 0.5),
      0.52,
      palette.dark ? 0.3 - 0.2 * near : 0.68 - 0.46 * near,
    )
    stage.layer(
      0.2 + 0.75 * near,
      0.2 + 0.5 * near,
      1.2,
      (context, area) => {
        context.fillStyle = verticalGradient(context, area.top, area.bottom, [colour, mix(colour, '#05040c', 0.35)])
        context.beginPath()
        context.moveTo(area.left, area.bottom)
        for (let x = area.left; x <= area.right + 4; x += 4) context.lineTo(x, row(x))
        context.lineTo(area.right + 4, area.bottom)
        context.fill()
        context.strokeStyle = alpha(mix(colour, '#ffffff', 0.5), 0.6)
        context.lineWidth = unit * 0.003
        context.beginPath()
        for (let x = area.left; x <= area.right + 4; x += 4) context.lineTo(x, row(x))
        context.stroke()
        return null
      },
      { sway_x: 0.03 * w, sway_y: 0.012 * h, period_s: 7 + 2 * ribbon, phase: ribbon },
    )
  }
  paintMotes(stage, hsl(second, 0.9, 0.8))
}

/** The shorter way round the colour circle. */
function shorter(turns: number): number {
  return turns - Math.round(turns)
}

function paintMotes(stage: Stage, colour: string): void {
  const { w, h, unit, random } = stage
  const motes = Array.from({ length: 34 }, () => ({
    x: random() * w,
    y: random() * h,
    radius: unit * (0.0016 + 0.005 * random()),
    phase: random() * 6,
  }))
  stage.actor(0.9, (context, t) => {
    for (const { x, y, radius, phase } of motes) {
      context.fillStyle = alpha(colour, 0.3 + 0.3 * Math.sin(t * 1.3 + phase))
      disc(context, x + 0.03 * w * Math.sin(t * 0.3 + phase), y - 0.03 * h * Math.sin(t * 0.24 + phase), radius)
    }
  })
}
