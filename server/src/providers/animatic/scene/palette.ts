import type { TimeOfDay } from '../prompt.ts'

/** `#rrggbb`. */
export type Colour = string

/** The colours of an hour. Everything in a scene is mixed from these, which is what makes it hang together. */
export interface Palette {
  /** From the zenith to the horizon. */
  readonly sky: readonly Colour[]
  /** What far things fade into. */
  readonly haze: Colour
  /** What near things are made of. */
  readonly near: Colour
  /** Sun or moon; null behind clouds. */
  readonly sun: Colour | null
  readonly glow: Colour
  /** Height of the sun, as a fraction of the frame from its top. */
  readonly sun_y: number
  /** From the horizon to the viewer. */
  readonly water: readonly [Colour, Colour, Colour]
  /** Share of lit windows. */
  readonly lamps: number
  readonly dark: boolean
}

export const PALETTES: Readonly<Record<TimeOfDay, Palette>> = {
  day: {
    sky: ['#2f77bd', '#7db6de', '#d9ecef'],
    haze: '#cfe3ea',
    near: '#1d3f45',
    sun: '#fffdf2',
    glow: '#fffae1',
    sun_y: 0.2,
    water: ['#a9d4e0', '#1f6f93', '#0c3d5c'],
    lamps: 0,
    dark: false,
  },
  sunrise: {
    sky: ['#2c3c6e', '#93688f', '#f2a07c', '#ffdca2'],
    haze: '#f7c79b',
    near: '#2b2036',
    sun: '#fff3cf',
    glow: '#ffcd8c',
    sun_y: 0.47,
    water: ['#ffd3a0', '#a0698a', '#2d2f58'],
    lamps: 0.18,
    dark: false,
  },
  sunset: {
    sky: ['#1d1640', '#6a2d63', '#dc5a43', '#ffb65c'],
    haze: '#f0905a',
    near: '#190e22',
    sun: '#fff0c0',
    glow: '#ffa050',
    sun_y: 0.46,
    water: ['#ffb064', '#8c3a57', '#1b1438'],
    lamps: 0.3,
    dark: false,
  },
  night: {
    sky: ['#040814', '#0b1a38', '#244066'],
    haze: '#2c4a70',
    near: '#03060d',
    sun: '#f4f3e6',
    glow: '#aac3f0',
    sun_y: 0.18,
    water: ['#3c5f8c', '#10264a', '#040a18'],
    lamps: 0.5,
    dark: true,
  },
  overcast: {
    sky: ['#46525d', '#7a868e', '#b3bbbc'],
    haze: '#a4adb0',
    near: '#161d22',
    sun: null,
    glow: '#dce1e1',
    sun_y: 0.2,
    water: ['#a9b3b5', '#566a73', '#1c282f'],
    lamps: 0.25,
    dark: false,
  },
  winter: {
    sky: ['#7f97ad', '#bccbd7', '#eef3f5'],
    haze: '#e3ebef',
    near: '#35485a',
    sun: '#ffffff',
    glow: '#ffffff',
    sun_y: 0.24,
    water: ['#dfe9ee', '#8aa3b5', '#4a6377'],
    lamps: 0.15,
    dark: false,
  },
}

/** Night in a city of coloured light. */
export const NEON: Palette = {
  ...PALETTES.night,
  sky: ['#07051a', '#230d42', '#7d2272'],
  haze: '#5b2a7c',
  near: '#06040f',
  glow: '#d9a6ff',
  water: ['#a04a9c', '#2a1450', '#06040f'],
  lamps: 0.55,
}

export function mix(a: Colour, b: Colour, share_of_b: number): Colour {
  const from = channels(a)
  const to = channels(b)
  const share = Math.max(0, Math.min(1, share_of_b))
  return `#${from
    .map((value, i) =>
      Math.round(value + ((to[i] ?? 0) - value) * share)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}

export function alpha(colour: Colour, opacity: number): string {
  return `rgba(${channels(colour).join(',')},${Math.max(0, Math.min(1, opacity)).toFixed(3)})`
}

export function channels(colour: Colour): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

/** A colour from hue (turns), saturation and lightness. */
export function hsl(hue: number, saturation: number, lightness: number): Colour {
  const channel = (n: number): string => {
    const k = (n + hue * 12 + 12 * 12) % 12
    const value = lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(k - 3, 9 - k, 1))
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0')
  }
  return `#${channel(0)}${channel(8)}${channel(4)}`
}
