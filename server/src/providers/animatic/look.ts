import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas'
import type { Size } from '../../domain/order.ts'
import type { Tone } from '../../media/i420.ts'
import { mentionsOf } from './prompt.ts'
import { hashText, seeded } from './random.ts'
import { alpha, type Colour, hsl } from './scene/palette.ts'
import { openWeather } from './scene/weather.ts'

/** How a prompt changes pictures that were filmed already: their light, their colours, their weather. */
export interface Look {
  readonly tone: Tone
  /** Over the picture: coloured light, haze, rain or snow. */
  paint(context: SKRSContext2D, t: number): void
}

/** One change of light. */
interface Grade {
  /** Below 1 brightens the middle, above darkens it. */
  readonly gamma?: number
  readonly gain?: number
  readonly lift?: number
  /** Around the middle. */
  readonly contrast?: number
  readonly saturation?: number
  readonly blue?: number
  readonly red?: number
  /** Coloured light from top to bottom: colours with their opacity. */
  readonly wash?: readonly (readonly [Colour, number])[]
  /** Darkness of the corners. */
  readonly vignette?: number
}

const words = (pattern: string): RegExp => new RegExp(`\\b(?:${pattern})`, 'i')

const NIGHT: Grade = {
  gamma: 1.35,
  gain: 0.58,
  saturation: 0.6,
  blue: 15,
  red: -9,
  vignette: 0.5,
  wash: [
    ['#030818', 0.36],
    ['#0a1c3c', 0.16],
    ['#050a16', 0.22],
  ],
}
const SUNSET: Grade = {
  contrast: 1.08,
  gain: 0.94,
  saturation: 1.15,
  blue: -24,
  red: 18,
  vignette: 0.25,
  wash: [
    ['#3b1450', 0.38],
    ['#ff7a3c', 0.26],
    ['#1a0a1e', 0.34],
  ],
}
const SUNRISE: Grade = {
  lift: 10,
  saturation: 0.95,
  blue: -14,
  red: 12,
  wash: [
    ['#7b86d0', 0.26],
    ['#ffb98a', 0.28],
    ['#4a3350', 0.16],
  ],
}
const OVERCAST: Grade = {
  gain: 0.86,
  saturation: 0.35,
  blue: 4,
  contrast: 0.9,
  wash: [
    ['#6f7a80', 0.22],
    ['#59646c', 0.2],
  ],
}
const WINTER: Grade = {
  lift: 26,
  gain: 0.95,
  saturation: 0.4,
  blue: 9,
  red: -4,
  wash: [
    ['#e8f2fa', 0.14],
    ['#f4f9ff', 0.26],
  ],
}
const DAY: Grade = {
  gamma: 0.72,
  lift: 4,
  saturation: 1.2,
  blue: -3,
  wash: [
    ['#9fd0f2', 0.16],
    ['#fff6dc', 0.06],
  ],
}
const MONOCHROME: Grade = { saturation: 0, contrast: 1.3, vignette: 0.45 }
const SEPIA: Grade = { saturation: 0, blue: -24, red: 14, lift: 14, contrast: 0.95, vignette: 0.55 }
const NEON: Grade = {
  contrast: 1.2,
  saturation: 1.5,
  blue: 16,
  red: 14,
  vignette: 0.4,
  wash: [
    ['#7d2272', 0.34],
    ['#2a1450', 0.12],
    ['#00b4d8', 0.2],
  ],
}
const AUTUMN: Grade = {
  blue: -26,
  red: 14,
  saturation: 1.1,
  wash: [
    ['#d98a2b', 0.1],
    ['#7a3a10', 0.2],
  ],
}
const FOG: Grade = {
  contrast: 0.72,
  lift: 26,
  saturation: 0.6,
  wash: [
    ['#dfe6ea', 0.16],
    ['#dfe6ea', 0.5],
    ['#cfd8dc', 0.3],
  ],
}

// Everything that matches is applied, from top to bottom.
const GRADES: readonly (readonly [RegExp, Grade])[] = [
  [words('autumn|fall (?:colou?rs|foliage|leaves)|october|november'), AUTUMN],
  [words('fog|mist|haz[ey]|smok|steam'), FOG],
  [words('neon|cyberpunk|synthwave|vaporwave'), NEON],
  [words('black.and.white|monochrome|noir\\b|gr[ae]yscale'), MONOCHROME],
  [words('sepia|vintage|old film|antique|silent film|retro|nostalgi'), SEPIA],
  [
    words('warm'),
    {
      blue: -14,
      red: 10,
      wash: [
        ['#ffb060', 0.1],
        ['#ff9040', 0.14],
      ],
    },
  ],
  [
    words('cold|cool|icy'),
    {
      blue: 14,
      red: -9,
      saturation: 0.8,
      wash: [
        ['#8fb8e8', 0.16],
        ['#3f6fa8', 0.14],
      ],
    },
  ],
  [words('bright|light(?:er|en)'), { gamma: 0.7, lift: 6 }],
  [words('dark|dim|shadow'), { gamma: 1.3, gain: 0.8, vignette: 0.35 }],
  [
    words('dream|soft|pastel'),
    {
      contrast: 0.8,
      lift: 30,
      saturation: 0.75,
      wash: [
        ['#ffe3f0', 0.16],
        ['#e3ecff', 0.16],
      ],
    },
  ],
  [words('dramatic|contrast|cinematic'), { contrast: 1.3, vignette: 0.45 }],
  [words('vivid|colou?rful|vibrant|saturat'), { saturation: 1.6, contrast: 1.08 }],
]

const HUES: readonly (readonly [RegExp, number])[] = [
  [words('red|crimson|scarlet|lava|fire'), 0],
  [words('orange|copper'), 0.07],
  [words('gold|yellow|amber'), 0.12],
  [words('green|emerald|jungle'), 0.36],
  [words('teal|turquoise|cyan'), 0.5],
  [words('blue|azure|ocean'), 0.6],
  [words('purple|violet|lilac|indigo'), 0.76],
  [words('pink|magenta|rose'), 0.9],
]

const HOURS = { night: NIGHT, sunrise: SUNRISE, sunset: SUNSET, overcast: OVERCAST, winter: WINTER, day: DAY } as const

/** Reads how a prompt wants pictures changed. Every prompt changes them so that it is seen: one without words that we know gives a colour of its own. */
export function lookOf(prompt: string, size: Size): Look {
  const { time, weather } = mentionsOf(prompt)
  const named = GRADES.filter(([pattern]) => pattern.test(prompt)).map(([, grade]) => grade)
  const hue = HUES.find(([pattern]) => pattern.test(prompt))?.[1] ?? null
  const hour = time ?? (weather === 'rain' ? 'overcast' : weather === 'snow' ? 'winter' : null)
  const grades = [...(hour ? [HOURS[hour]] : []), ...named, ...(hue === null ? [] : [tinted(hue)])]
  if (grades.length === 0) grades.push(tinted((hashText(prompt) % 97) / 97))
  const sheet = paintLight(grades, size)
  const drops = weather && openWeather(weather, seeded(hashText(prompt)), size)
  return {
    tone: toneOf(grades),
    paint(context, t) {
      context.drawImage(sheet, 0, 0)
      drops?.(context, t)
    },
  }
}

function tinted(hue: number): Grade {
  return {
    saturation: 0.55,
    contrast: 1.05,
    vignette: 0.3,
    wash: [
      [hsl(hue, 0.75, 0.5), 0.4],
      [hsl(hue + 0.04, 0.7, 0.4), 0.3],
      [hsl(hue - 0.05, 0.8, 0.25), 0.42],
    ],
  }
}

function toneOf(grades: readonly Grade[]): Tone {
  const luma = Uint8Array.from({ length: 256 }, (_, value) => {
    let y = value / 255
    for (const { gamma = 1, gain = 1, lift = 0, contrast = 1 } of grades) {
      y = clamp01(y) ** gamma * gain
      y = (y - 0.5) * contrast + 0.5
      y = lift / 255 + y * (1 - lift / 255)
    }
    return Math.round(255 * clamp01(y))
  })
  return {
    luma,
    chroma_gain: grades.reduce((gain, { saturation = 1 }) => gain * saturation, 1),
    blue: grades.reduce((sum, { blue = 0 }) => sum + blue, 0),
    red: grades.reduce((sum, { red = 0 }) => sum + red, 0),
  }
}

/** The coloured light and the dark corners of all grades on one sheet. */
function paintLight(grades: readonly Grade[], { width, height }: Size): Canvas {
  const sheet = createCanvas(width, height)
  const context = sheet.getContext('2d')
  for (const { wash = [] } of grades) {
    const gradient = context.createLinearGradient(0, 0, 0, height)
    for (const [i, [colour, opacity]] of wash.entries())
      gradient.addColorStop(wash.length === 1 ? 0 : i / (wash.length - 1), alpha(colour, opacity))
    if (wash.length === 0) continue
    context.fillStyle = gradient
    context.fillRect(0, 0, width, height)
  }
  const vignette = Math.min(
    0.7,
    grades.reduce((sum, grade) => sum + (grade.vignette ?? 0), 0),
  )
  const reach = Math.hypot(width, height) / 2
  const corners = context.createRadialGradient(width / 2, height / 2, reach * 0.45, width / 2, height / 2, reach)
  corners.addColorStop(0, 'rgba(0,0,0,0)')
  corners.addColorStop(1, `rgba(0,0,0,${vignette})`)
  context.fillStyle = corners
  context.fillRect(0, 0, width, height)
  return sheet
}

function clamp01(value: number): number {
  return Math.max(0, Math.min(1, value))
}
