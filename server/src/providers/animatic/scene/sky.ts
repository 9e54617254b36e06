import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas'
import { noise1, noise2 } from './noise.ts'
import { alpha, channels, mix } from './palette.ts'
import { type Area, disc, glow, type Stage, verticalGradient } from './stage.ts'

/** Sky down to the horizon (a fraction of the frame), with stars, aurora, sun or moon, and clouds. */
export function paintSky(stage: Stage, horizon: number): void {
  const { palette, story, h } = stage
  stage.layer(0.02, -0.12, 1.12, (context, area) => {
    context.fillStyle = verticalGradient(context, area.top, horizon * h, palette.sky)
    context.fillRect(area.left, area.top, area.right - area.left, area.bottom - area.top)
    if (story.time === 'night') paintStars(stage, context, area, horizon)
    if (story.aurora) for (let curtain = 0; curtain < 3; curtain += 1) paintAurora(stage, context, area, curtain)
    paintSun(stage, context, area)
    return area.top
  })
  paintClouds(stage, horizon)
}

export function paintStars(stage: Stage, context: SKRSContext2D, area: Area, horizon: number): void {
  const { random, unit, h } = stage
  for (let i = 0; i < 520; i += 1) {
    const y = area.top + random() ** 1.3 * (horizon * h - area.top)
    const opacity = (0.25 + 0.75 * random()) * (1 - y / (horizon * h * 1.1))
    const radius = random() < 0.06 ? 1.5 : 0.5 + random() * 0.6
    context.fillStyle = alpha(random() < 0.3 ? '#ffe1be' : '#d7e4ff', Math.max(0.05, opacity))
    disc(context, area.left + random() * (area.right - area.left), y, (radius * unit) / 720)
  }
}

function paintAurora(stage: Stage, context: SKRSContext2D, area: Area, curtain: number): void {
  const { w, h, random } = stage
  const wave = noise1(random)
  for (let x = area.left; x < area.right; x += 3) {
    const foot = (0.18 + 0.1 * curtain + 0.14 * wave(x / (w * 0.16))) * h
    const height = (0.16 + 0.16 * wave(50 + x / (w * 0.03))) * h
    const gradient = context.createLinearGradient(0, foot - height, 0, foot)
    gradient.addColorStop(0, 'rgba(120,90,220,0)')
    gradient.addColorStop(0.6, 'rgba(70,230,160,.14)')
    gradient.addColorStop(0.95, 'rgba(140,255,190,.30)')
    gradient.addColorStop(1, 'rgba(140,255,190,0)')
    context.fillStyle = gradient
    context.fillRect(x, foot - height, 3, height)
  }
}

function paintSun(stage: Stage, context: SKRSContext2D, area: Area): void {
  const { palette, sun, unit, story, random } = stage
  const radius = (story.time === 'night' ? 0.05 : 0.062) * unit
  const strength = palette.sun ? 1 : 0.5
  for (const [size, opacity] of [
    [11, 0.34],
    [5, 0.32],
    [2.4, 0.35],
  ] as const) {
    glow(context, sun.x, sun.y, radius * size, [
      [0, alpha(palette.glow, opacity * strength)],
      [0.4, alpha(palette.glow, opacity * 0.35 * strength)],
      [1, alpha(palette.glow, 0)],
    ])
  }
  if (!palette.sun || sun.y < area.top) return
  context.fillStyle = palette.sun
  disc(context, sun.x, sun.y, radius)
  if (story.time !== 'night') return
  context.fillStyle = 'rgba(190,195,205,.55)'
  for (let i = 0; i < 7; i += 1) {
    const angle = random() * 2 * Math.PI
    const distance = random() * 0.7 * radius
    disc(context, sun.x + Math.cos(angle) * distance, sun.y + Math.sin(angle) * distance, radius * (0.06 + 0.14 * random()))
  }
}

const COVER = { overcast: 0.34, winter: 0.42, night: 0.58, day: 0.5, sunrise: 0.5, sunset: 0.5 } as const

/** Five octaves of noise at a fraction of the resolution, lit from above, thinner around the sun. */
function paintClouds(stage: Stage, horizon: number): void {
  const { palette, story, unit, w, sun } = stage
  const motion = { sway_x: 0.05 * w, period_s: 52, phase: stage.stream('clouds')() * 6 }
  stage.layer(
    0.05,
    -0.1,
    horizon + 0.04,
    (context, area) => {
      const grain = Math.max(3, Math.round(unit / 200))
      const columns = Math.ceil((area.right - area.left) / grain)
      const rows = Math.ceil((area.bottom - area.top) / grain)
      const small = createCanvas(columns, rows)
      const small_context = small.getContext('2d')
      const pixels = small_context.createImageData(columns, rows)
      const density = cloudField(stage, columns, rows, grain)
      const lit = channels(mix(palette.sky.at(-1) ?? palette.haze, '#ffffff', palette.dark ? 0.05 : 0.55))
      const shaded = channels(mix(palette.sky[1] ?? palette.haze, palette.near, 0.25))
      const cover = COVER[story.time]
      for (let y = 0; y < rows; y += 1) {
        const edge = Math.min(1, (y / rows) * 5, (1 - y / rows) * 4)
        for (let x = 0; x < columns; x += 1) {
          const here = density[y * columns + x] as number
          const above = density[Math.max(0, y - 5) * columns + x] as number
          const t = clamp01((here - cover) / 0.26)
          const light = clamp01(0.55 + (here - above) * 3.2)
          const from_sun = palette.sun ? Math.hypot(area.left + x * grain - sun.x, area.top + y * grain - sun.y) / (0.062 * unit) : 9
          const clear = Math.min(1, 0.12 + Math.max(0, from_sun - 0.9) * 0.35)
          const at = 4 * (y * columns + x)
          for (let c = 0; c < 3; c += 1) pixels.data[at + c] = (shaded[c] as number) + ((lit[c] as number) - (shaded[c] as number)) * light
          pixels.data[at + 3] = 235 * t * t * (3 - 2 * t) * edge * clear * (palette.dark ? 0.55 : 0.85)
        }
      }
      small_context.putImageData(pixels, 0, 0)
      context.imageSmoothingQuality = 'high'
      context.drawImage(small, area.left, area.top, columns * grain, rows * grain)
      return null
    },
    motion,
  )
}

function cloudField(stage: Stage, columns: number, rows: number, grain: number): Float32Array {
  const { random, unit } = stage
  const even = noise2(random)
  const odd = noise2(random)
  const field = new Float32Array(columns * rows)
  for (let y = 0; y < rows; y += 1) {
    // Towards the horizon clouds are seen from the side: flatter.
    const flat = 1 + 3.2 * (y / rows) ** 2
    for (let x = 0; x < columns; x += 1) {
      let u = ((x * grain) / unit) * 2.2 * (0.7 + 0.3 * flat)
      let v = ((y * grain) / unit) * 3.1 * flat
      let sum = 0
      let weight = 0.5
      for (let octave = 0; octave < 5; octave += 1) {
        sum += weight * (octave & 1 ? odd : even)(u, v)
        u *= 2.03
        v *= 2.03
        weight *= 0.5
      }
      field[y * columns + x] = sum / 0.97
    }
  }
  return field
}

function clamp01(value: number): number {
  return Math.max(0, Math.min(1, value))
}
