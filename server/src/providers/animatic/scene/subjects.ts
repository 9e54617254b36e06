import type { Mention, Place, Subject } from '../prompt.ts'
import { bear, birds, camel, cat, deer, dog, elephant, fish, horse, whale } from './animals.ts'
import { castle, house, lighthouse } from './buildings.ts'
import { alpha, mix } from './palette.ts'
import { astronaut, couple, person } from './people.ts'
import { paintMist } from './ridges.ts'
import type { Paint, Silhouette } from './silhouette.ts'
import type { Stage } from './stage.ts'
import { balloon, car, rocket, sailboat, ship, train } from './vehicles.ts'

/** Where a subject belongs. */
export type Medium = 'ground' | 'water' | 'air' | 'deep' | 'void'

interface Figure {
  readonly media: readonly Medium[]
  readonly draw: Silhouette
  /** Height as a fraction of the frame's shorter side. */
  readonly height: number
  /** Frame widths a second to the right; 0 stands. */
  readonly speed: number
  /** Rides on waves or air. */
  readonly bob?: number
  /** The drawing is of several already. */
  readonly flock?: boolean
}

const FIGURES: Readonly<Record<Subject, Figure>> = {
  sailboat: { media: ['water'], draw: sailboat, height: 0.25, speed: 0.008, bob: 0.006 },
  ship: { media: ['water'], draw: ship, height: 0.15, speed: 0.008, bob: 0.003 },
  lighthouse: { media: ['water', 'ground'], draw: lighthouse, height: 0.36, speed: 0 },
  whale: { media: ['water'], draw: whale, height: 0.22, speed: 0 },
  fish: { media: ['deep'], draw: fish, height: 0.3, speed: 0.02, bob: 0.01, flock: true },
  person: { media: ['ground'], draw: person, height: 0.25, speed: 0.012 },
  couple: { media: ['ground'], draw: couple, height: 0.24, speed: 0.009, flock: true },
  car: { media: ['ground'], draw: car, height: 0.12, speed: 0.045 },
  train: { media: ['ground'], draw: train, height: 0.085, speed: 0.04, flock: true },
  dog: { media: ['ground'], draw: dog, height: 0.19, speed: 0.04 },
  cat: { media: ['ground'], draw: cat, height: 0.16, speed: 0.012 },
  horse: { media: ['ground'], draw: horse, height: 0.25, speed: 0.04 },
  deer: { media: ['ground'], draw: deer, height: 0.25, speed: 0.006 },
  bear: { media: ['ground'], draw: bear, height: 0.17, speed: 0.012 },
  camel: { media: ['ground'], draw: camel, height: 0.24, speed: 0.012 },
  elephant: { media: ['ground'], draw: elephant, height: 0.24, speed: 0.01 },
  bird: { media: ['air'], draw: birds, height: 0.07, speed: 0.03, bob: 0.008, flock: true },
  balloon: { media: ['air'], draw: balloon, height: 0.3, speed: 0.006, bob: 0.012 },
  rocket: { media: ['void', 'air'], draw: rocket, height: 0.3, speed: 0, bob: 0.01 },
  astronaut: { media: ['void', 'ground'], draw: astronaut, height: 0.34, speed: 0.004, bob: 0.015 },
  house: { media: ['ground'], draw: house, height: 0.17, speed: 0 },
  castle: { media: ['ground'], draw: castle, height: 0.26, speed: 0 },
}

export function belongsIn({ kind }: Mention, medium: Medium): boolean {
  return FIGURES[kind].media[0] === medium
}

export interface Spot {
  readonly medium: Medium
  readonly depth: number
  /** The row to stand on, in pixels, at a column. */
  readonly foot: (x: number) => number
  /** Multiplies the figures' heights. */
  readonly scale?: number
}

/** Puts the story's subjects that belong to this medium into the scene, here in the order from far to near. */
export function standSubjects(stage: Stage, spot: Spot): void {
  const { story, w, unit, random } = stage
  const mentions = story.subjects.filter((mention) => belongsIn(mention, spot.medium))
  const first_side = random() < 0.5 ? -1 : 1
  const paint = paintFor(stage, spot.depth)
  // By night figure and ground are both nearly black: a strip of haze behind sets them apart.
  if (mentions.length > 0 && stage.palette.dark && OPEN_GROUND.has(story.place) && spot.medium === 'ground')
    paintMist(stage, spot.depth - 0.02, spot.foot(w / 2) / stage.h - 0.07, 0.1, 0.6)
  for (const [i, mention] of mentions.entries()) {
    const figure = FIGURES[mention.kind]
    // Companions follow behind, each a little smaller: not a row of stamps.
    const sizes = mention.many && figure.flock !== true ? [1, 0.86, 0.94] : [1]
    const direction = story.camera.endsWith('left') ? -1 : 1
    // The first a little beside the middle, where close framings still see it; others around it.
    const start = 0.5 + first_side * (i === 0 ? 0.07 : i === 1 ? -0.17 : 0.27) - direction * figure.speed * 2
    const phase = random() * 6
    for (const [place, size] of sizes.entries()) {
      const height = figure.height * unit * (spot.scale ?? 1) * size
      const behind = direction * place * ((figure.height * 1.5 * unit) / w + 0.015)
      stage.actor(spot.depth, (context, t) => {
        const x = wrapped(start - behind + direction * figure.speed * t) * w
        const y = spot.foot(x) + (figure.bob ?? 0) * unit * Math.sin(t * 1.4 + phase + place)
        context.translate(x, y)
        context.scale(height * direction, height)
        figure.draw(context, t + place * 0.37, paint)
      })
    }
  }
}

function paintFor(stage: Stage, depth: number): Paint {
  const { palette } = stage
  return {
    body: mix(stage.at(Math.max(0.75, depth)), palette.near, 0.6),
    light: mix(mix('#ffffff', palette.haze, palette.dark ? 0.75 : 0.4), palette.near, palette.dark ? 0.2 : 0.05),
    rim: alpha(palette.glow, 0.55),
    lacquer: mix(LACQUERS[Math.floor(stage.random() * LACQUERS.length)] ?? '#d9a320', palette.near, palette.dark ? 0.45 : 0.2),
    lamp: palette.lamps > 0 ? '#ffd27a' : mix(palette.haze, '#ffffff', 0.5),
    dark: palette.lamps > 0.2,
  }
}

const OPEN_GROUND: ReadonlySet<Place> = new Set(['mountain', 'forest', 'desert', 'meadow', 'ocean'])

const LACQUERS = ['#d9a320', '#b83b2d', '#2f6f8f', '#c9c4b8']

/** Comes in again on the other side, well outside the frame. */
function wrapped(x: number): number {
  const span = 1.8
  return ((((x + 0.4) % span) + span) % span) - 0.4
}
