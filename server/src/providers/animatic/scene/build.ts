import type { Size } from '../../../domain/order.ts'
import type { Place, Story } from '../prompt.ts'
import { seeded } from '../random.ts'
import { paintAbstract, paintSpace, paintUnderwater } from './beyond.ts'
import { paintCity } from './city.ts'
import { paintInterior } from './interior.ts'
import { paintDesert, paintForest, paintMeadow, paintMountain } from './land.ts'
import type { Scene } from './layer.ts'
import { paintOcean } from './ocean.ts'
import { NEON, PALETTES } from './palette.ts'
import { openStage, type Stage } from './stage.ts'
import { openWeather } from './weather.ts'

const PAINTERS: Readonly<Record<Place, (stage: Stage) => void>> = {
  mountain: paintMountain,
  ocean: paintOcean,
  city: paintCity,
  forest: paintForest,
  desert: paintDesert,
  meadow: paintMeadow,
  space: paintSpace,
  underwater: paintUnderwater,
  interior: paintInterior,
  abstract: paintAbstract,
}

const UNDER_OPEN_SKY: ReadonlySet<Place> = new Set(['mountain', 'ocean', 'city', 'forest', 'desert', 'meadow'])

/** Paints all sheets of a story's scene, once per clip. */
export function buildScene(story: Story, seed: number, size: Size): Scene {
  const stage = openStage(story, story.neon && story.place === 'city' ? NEON : PALETTES[story.time], seed, size)
  PAINTERS[story.place](stage)
  const weather = story.weather && UNDER_OPEN_SKY.has(story.place) ? openWeather(story.weather, seeded(seed + 9), size) : null
  return { elements: stage.elements, weather }
}
