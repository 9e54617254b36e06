import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas'
import type { Size } from '../../../domain/order.ts'
import type { Random } from '../random.ts'

/** A sheet of drops or flakes as large as the frame; scrolled over it, it meets itself without a seam. */
interface Curtain {
  readonly sheet: Canvas
  /** Frames (widths, heights) a second. */
  readonly speed_x: number
  readonly speed_y: number
  readonly sway: number
}

/** Rain or snow at three distances, drawn over the frame. */
export function openWeather(kind: 'rain' | 'snow', random: Random, size: Size): (context: SKRSContext2D, t: number) => void {
  const curtains =
    kind === 'rain'
      ? [rain(random, size, 150, 0.6), rain(random, size, 90, 1), rain(random, size, 40, 1.6)]
      : [snow(random, size, 150, 0.55), snow(random, size, 70, 1), snow(random, size, 26, 1.9)]
  const { width, height } = size
  return (context, t) => {
    for (const { sheet, speed_x, speed_y, sway } of curtains) {
      const x = remainder(speed_x * t + sway * Math.sin(t * 1.3), 1) * width
      const y = remainder(speed_y * t, 1) * height
      for (const left of [x, x - width]) for (const top of [y, y - height]) context.drawImage(sheet, Math.round(left), Math.round(top))
    }
  }
}

function rain(random: Random, size: Size, drops: number, near: number): Curtain {
  const unit = Math.min(size.width, size.height) / 720
  const sheet = curtain(size, random, drops, (context, x, y) => {
    context.strokeStyle = `rgba(215,228,240,${0.1 + 0.16 * random()})`
    context.lineWidth = Math.max(1, 1.1 * near * unit)
    return (shift_x, shift_y) => {
      context.beginPath()
      context.moveTo(x + shift_x, y + shift_y)
      context.lineTo(x + shift_x - 5 * near * unit, y + shift_y + 34 * near * unit)
      context.stroke()
    }
  })
  // Falls along its own slant: 34 down for 5 to the left.
  const speed_y = 2.1 * near
  return { sheet, speed_x: (-speed_y * 5 * size.height) / (34 * size.width), speed_y, sway: 0 }
}

function snow(random: Random, size: Size, flakes: number, near: number): Curtain {
  const unit = Math.min(size.width, size.height) / 720
  const sheet = curtain(size, random, flakes, (context, x, y) => {
    const radius = (1.5 + 1.1 * random()) * near * unit * 1.5
    return (shift_x, shift_y) => {
      const gradient = context.createRadialGradient(x + shift_x, y + shift_y, 0, x + shift_x, y + shift_y, radius)
      gradient.addColorStop(0, 'rgba(255,255,255,.9)')
      gradient.addColorStop(0.5, 'rgba(255,255,255,.6)')
      gradient.addColorStop(1, 'rgba(255,255,255,0)')
      context.fillStyle = gradient
      context.fillRect(x + shift_x - radius, y + shift_y - radius, 2 * radius, 2 * radius)
    }
  })
  return { sheet, speed_x: 0.03 * near, speed_y: 0.16 * near, sway: 0.012 * near }
}

type Stamp = (shift_x: number, shift_y: number) => void

/** Draws each thing also one frame up and one to the right and left: the sheet's edges fit together. */
function curtain(size: Size, random: Random, count: number, prepare: (context: SKRSContext2D, x: number, y: number) => Stamp): Canvas {
  const sheet = createCanvas(size.width, size.height)
  const context = sheet.getContext('2d')
  context.lineCap = 'round'
  for (let i = 0; i < count; i += 1) {
    const stamp = prepare(context, random() * size.width, random() * size.height)
    for (const shift_x of [0, -size.width, size.width]) for (const shift_y of [0, -size.height, size.height]) stamp(shift_x, shift_y)
  }
  return sheet
}

function remainder(value: number, by: number): number {
  return ((value % by) + by) % by
}
