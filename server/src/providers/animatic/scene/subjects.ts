import type { Subject } from '../prompt.ts'
import { bear, birds, camel, cat, deer, dog, elephant, fish, horse, whale } from './animals.ts'
import { castle, house, lighthouse } from './buildings.ts'
import { alpha, mix } from './palette.ts'
import { astronaut, couple, person } from './people.ts'
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
}

const FIGURES: Readonly<Record<Subject, Figure>> = {
  sailboat: { media: ['water'], draw: sailboat, height: 0.25, speed: 0.008, bob: 0.006 },
  ship: { media: ['water'], draw: ship, height: 0.15, speed: 0.008, bob: 0.003 },
  lighthouse: { media: ['water', 'ground'], draw: lighthouse, height: 0.36, speed: 0 },
  whale: { media: ['water'], draw: whale, height: 0.22, speed: 0 },
  fish: { media: ['deep'], draw: fish, height: 0.3, speed: 0.02, bob: 0.01 },
  person: { media: ['ground'], draw: person, height: 0.25, speed: 0.012 },
  couple: { media: ['ground'], draw: couple, height: 0.24, speed: 0.009 },
  car: { media: ['ground'], draw: car, height: 0.12, speed: 0.045 },
  train: { media: ['ground'], draw: train, height: 0.085, speed: 0.04 },
  dog: { media: ['ground'], draw: dog, height: 0.16, speed: 0.04 },
  cat: { media: ['ground'], draw: cat, height: 0.14, speed: 0.012 },
  horse: { media: ['ground'], draw: horse, height: 0.25, speed: 0.04 },
  deer: { media: ['ground'], draw: deer, height: 0.25, speed: 0.006 },
  bear: { media: ['ground'], draw: bear, height: 0.17, speed: 0.012 },
  camel: { media: ['ground'], draw: camel, height: 0.24, speed: 0.012 },
  elephant: { media: ['ground'], draw: elephant, height: 0.24, speed: 0.01 },
  bird: { media: ['air'], draw: birds, height: 0.07, speed: 0.03, bob: 0.008 },
  balloon: { media: ['air'], draw: balloon, height: 0.3, speed: 0.006, bob: 0.012 },
  rocket: { media: ['void', 'air'], draw: rocket, height: 0.3, speed: 0, bob: 0.01 },
  astronaut: { media: ['void', 'ground'], draw: astronaut, height: 0.34, speed: 0.004, bob: 0.015 },
  house: { media: ['ground'], draw: house, height: 0.17, speed: 0 },
  castle: { media: ['ground'], draw: castle, height: 0.26, speed: 0 },
}

export function belongsIn(subject: Subject, medium: Medium): boolean {
  return FIGURES[subject].media[0] === medium
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
  const figures = story.subjects.map((subject) => FIGURES[subject]).filter(({ media }) => media[0] === spot.medium)
  const first_side = random() < 0.5 ? -1 : 1
  const paint = paintFor(stage, spot.depth)
  for (const [i, figure] of figures.entries()) {
    const height = figure.height * unit * (spot.scale ?? 1)
    const direction = story.camera.endsWith('left') ? -1 : 1
    // The first a little beside the middle, where close framings still see it; others around it.
    const start = 0.5 + first_side * (i === 0 ? 0.07 : i === 1 ? -0.17 : 0.27) - direction * figure.speed * 2
    const phase = random() * 6
    stage.actor(spot.depth, (context, t) => {
      const x = wrapped(start + direction * figure.speed * t) * w
      const y = spot.foot(x) + (figure.bob ?? 0) * unit * Math.sin(t * 1.4 + phase)
      context.translate(x, y)
      context.scale(height * direction, height)
      figure.draw(context, t, paint)
    })
  }
}

function paintFor(stage: Stage, depth: number): Paint {
  const { palette } = stage
  return {
    body: mix(stage.at(Math.max(0.75, depth)), palette.near, 0.6),
    light: mix(mix('#ffffff', palette.haze, palette.dark ? 0.75 : 0.4), palette.near, palette.dark ? 0.2 : 0.05),
    rim: alpha(palette.glow, 0.55),
    lamp: palette.lamps > 0 ? '#ffd27a' : mix(palette.haze, '#ffffff', 0.5),
    dark: palette.lamps > 0.2,
  }
}

/** Comes in again on the other side, well outside the frame. */
function wrapped(x: number): number {
  const span = 1.8
  return ((((x + 0.4) % span) + span) % span) - 0.4
}
