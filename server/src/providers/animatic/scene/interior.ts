import { alpha, mix } from './palette.ts'
import { paintRidge, roundTree } from './ridges.ts'
import { paintSky } from './sky.ts'
import { glow, type Stage, verticalGradient } from './stage.ts'
import { standSubjects } from './subjects.ts'
import { openWeather } from './weather.ts'

/** A room that looks out: the hour is in the window, a table with a cup stands before it. */
export function paintInterior(stage: Stage): void {
  const { palette, story } = stage
  const evening = palette.lamps > 0.1
  paintSky(stage, 0.6)
  paintRidge(stage, 0.12, { base: 0.58, height: 0.12, peaks: 2.2, soft: true, octaves: 4 })
  paintRidge(stage, 0.2, { base: 0.68, height: 0.08, peaks: 1.8, soft: true, trees: 0.07, round_trees: true })
  if (story.weather) {
    const weather = openWeather(story.weather, stage.stream('weather'), { width: stage.w, height: stage.h })
    stage.actor(0.3, weather)
  }
  const wall = evening ? mix('#4a3428', palette.near, palette.dark ? 0.45 : 0.2) : mix('#c9ab8c', palette.haze, 0.15)
  paintWall(stage, wall, evening)
  const floor = 0.9
  paintFloor(stage, mix(wall, '#24140c', 0.5), floor)
  // Pets walk on the sill, people stand on the floor before the window.
  const pet = story.subjects.some(({ kind }) => kind === 'cat' || kind === 'dog')
  standSubjects(stage, { medium: 'ground', depth: pet ? 0.45 : 0.62, foot: () => (pet ? 0.7 : 1.02) * stage.h, scale: pet ? 1 : 2.4 })
  paintTable(stage, mix('#5b3a26', palette.near, evening ? 0.4 : 0.05), evening)
}

/** The wall with a hole where the window is, its frame, curtains and a lamp. */
function paintWall(stage: Stage, wall: string, evening: boolean): void {
  const { w, h, unit, palette, random } = stage
  const half = Math.min(0.36 * w, 0.52 * unit)
  const left = w / 2 - half
  const right = w / 2 + half
  const top = 0.1 * h
  const bottom = 0.7 * h
  stage.layer(0.4, -0.14, 1.18, (context, area) => {
    context.fillStyle = verticalGradient(context, area.top, area.bottom, [mix(wall, '#000000', 0.28), wall, mix(wall, '#000000', 0.35)])
    context.fillRect(area.left, area.top, area.right - area.left, area.bottom - area.top)
    // Light falls in: the wall around the window is brighter.
    glow(context, w / 2, 0.4 * h, half * 2, [
      [0.3, alpha(palette.glow, evening ? 0.16 : 0.34)],
      [1, alpha(palette.glow, 0)],
    ])
    context.clearRect(left, top, right - left, bottom - top)
    const wood = mix('#f2e6d4', wall, evening ? 0.75 : 0.25)
    const bar = unit * 0.016
    context.fillStyle = wood
    context.fillRect(left - bar, top - bar, right - left + 2 * bar, bar)
    context.fillRect(left - bar, bottom, right - left + 2 * bar, bar * 1.4)
    context.fillRect(left - 2 * bar, bottom + bar * 1.4, right - left + 4 * bar, bar * 0.9)
    for (const x of [left - bar, w / 2 - bar / 2, right]) context.fillRect(x, top, bar, bottom - top)
    for (const y of [0.36]) context.fillRect(left, top + (bottom - top) * y, right - left, bar * 0.7)
    paintSill(stage, context, { left, right, bottom }, evening)
    return null
  })
  stage.layer(
    0.5,
    -0.14,
    0.9,
    (context, area) => {
      const cloth = mix(evening ? '#7d3f34' : '#e8d9c5', wall, 0.3)
      for (const side of [-1, 1]) {
        for (let fold = 0; fold < 6; fold += 1) {
          const outer = w / 2 + side * (half + 0.13 * unit)
          const x = outer - side * fold * 0.032 * unit
          const width = 0.034 * unit
          context.fillStyle = mix(cloth, '#000000', fold % 2 === 0 ? 0.05 : 0.2 + 0.06 * random())
          context.beginPath()
          context.moveTo(x - width, area.top)
          context.quadraticCurveTo(x - width + side * 0.012 * unit, 0.4 * h, x - width - side * 0.01 * unit, 0.86 * h)
          context.lineTo(x + width - side * 0.01 * unit, 0.86 * h)
          context.quadraticCurveTo(x + width + side * 0.012 * unit, 0.4 * h, x + width, area.top)
          context.fill()
        }
      }
      return null
    },
    { sway_x: 0.003 * w, period_s: 6 },
  )
}

function paintSill(
  stage: Stage,
  context: Parameters<typeof roundTree>[0],
  frame: { left: number; right: number; bottom: number },
  evening: boolean,
): void {
  const { unit, random } = stage
  for (const [u, height] of [
    [0.14, 0.13],
    [0.82, 0.1],
  ] as const) {
    const x = frame.left + (frame.right - frame.left) * u
    context.fillStyle = mix('#b5583a', '#24140c', evening ? 0.45 : 0.05)
    context.beginPath()
    context.moveTo(x - 0.035 * unit, frame.bottom - 0.05 * unit)
    context.lineTo(x + 0.035 * unit, frame.bottom - 0.05 * unit)
    context.lineTo(x + 0.025 * unit, frame.bottom)
    context.lineTo(x - 0.025 * unit, frame.bottom)
    context.fill()
    context.fillStyle = mix('#2f6b3a', '#0a120c', evening ? 0.55 : 0.1)
    roundTree(context, x, frame.bottom - 0.045 * unit, height * unit, random)
  }
}

function paintFloor(stage: Stage, colour: string, row: number): void {
  const { h, unit } = stage
  stage.layer(0.55, row - 0.03, 1.18, (context, area) => {
    context.fillStyle = verticalGradient(context, row * h, area.bottom, [mix(colour, '#ffffff', 0.08), mix(colour, '#000000', 0.4)])
    context.fillRect(area.left, row * h, area.right - area.left, area.bottom - row * h)
    context.fillStyle = mix(colour, '#ffffff', 0.2)
    context.fillRect(area.left, row * h - 0.02 * unit, area.right - area.left, 0.02 * unit)
    return row * h - 0.02 * unit
  })
}

/** A table at the lens with a lamp, books and a steaming cup. */
function paintTable(stage: Stage, wood: string, evening: boolean): void {
  const { w, h, unit, palette } = stage
  const top = 0.86 * h
  const cup_x = w * 0.5 + 0.16 * unit
  const lamp_x = w * 0.5 - 0.4 * unit
  stage.layer(0.82, -0.1, 1.2, (context, area) => {
    context.fillStyle = verticalGradient(context, top, area.bottom, [mix(wood, '#ffffff', 0.14), mix(wood, '#000000', 0.55)])
    context.fillRect(area.left, top, area.right - area.left, area.bottom - top)
    const dark = mix(wood, '#000000', 0.5)
    context.fillStyle = dark
    context.fillRect(lamp_x - 0.006 * unit, top - 0.27 * unit, 0.012 * unit, 0.27 * unit)
    context.beginPath()
    context.ellipse(lamp_x, top, 0.06 * unit, 0.016 * unit, 0, 0, 2 * Math.PI)
    context.fill()
    if (evening) {
      glow(context, lamp_x, top - 0.28 * unit, 0.5 * unit, [
        [0, 'rgba(255,206,120,.5)'],
        [0.4, 'rgba(255,190,100,.16)'],
        [1, 'rgba(255,190,100,0)'],
      ])
    }
    context.fillStyle = evening ? '#ffdf9e' : mix('#e9dcc8', palette.haze, 0.2)
    context.beginPath()
    context.moveTo(lamp_x - 0.045 * unit, top - 0.36 * unit)
    context.lineTo(lamp_x + 0.045 * unit, top - 0.36 * unit)
    context.lineTo(lamp_x + 0.09 * unit, top - 0.25 * unit)
    context.lineTo(lamp_x - 0.09 * unit, top - 0.25 * unit)
    context.fill()
    for (const [i, colour] of ['#8c3b2e', '#2f5d62', '#c9a24b'].entries()) {
      context.fillStyle = mix(colour, dark, evening ? 0.45 : 0.1)
      context.fillRect(w * 0.5 - 0.2 * unit + i * 0.008 * unit, top - (i + 1) * 0.028 * unit, 0.19 * unit - i * 0.02 * unit, 0.026 * unit)
    }
    context.fillStyle = mix('#f7f3ec', dark, evening ? 0.35 : 0.02)
    context.beginPath()
    context.moveTo(cup_x - 0.05 * unit, top - 0.085 * unit)
    context.quadraticCurveTo(cup_x - 0.045 * unit, top, cup_x - 0.02 * unit, top)
    context.lineTo(cup_x + 0.02 * unit, top)
    context.quadraticCurveTo(cup_x + 0.045 * unit, top, cup_x + 0.05 * unit, top - 0.085 * unit)
    context.fill()
    context.lineWidth = 0.01 * unit
    context.strokeStyle = context.fillStyle
    context.beginPath()
    context.arc(cup_x + 0.055 * unit, top - 0.05 * unit, 0.022 * unit, -1.4, 1.6)
    context.stroke()
    return top
  })
  stage.actor(0.82, (context, t) => {
    for (let wisp = 0; wisp < 3; wisp += 1) {
      for (let puff = 0; puff < 9; puff += 1) {
        const age = (t * 0.3 + puff / 9 + wisp * 0.31) % 1
        const x = cup_x + (wisp - 1) * 0.02 * unit + 0.02 * unit * Math.sin(age * 5 + t + wisp * 2)
        context.fillStyle = `rgba(255,255,255,${0.1 * (1 - age) * Math.min(1, age * 6)})`
        context.beginPath()
        context.arc(x, top - 0.09 * unit - age * 0.2 * unit, unit * (0.008 + 0.02 * age), 0, 2 * Math.PI)
        context.fill()
      }
    }
  })
}
