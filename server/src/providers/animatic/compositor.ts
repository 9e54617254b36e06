import type { SKRSContext2D } from '@napi-rs/canvas'
import type { Size } from '../../domain/order.ts'
import type { View } from './camera.ts'
import type { Element, Layer, Scene } from './scene/layer.ts'

// Zooming aims a little below the middle, where the horizon of most scenes is.
const AIM_Y = 0.52

interface Placement {
  readonly zoom: number
  readonly x: number
  readonly y: number
}

/** Draws a scene as the camera sees it. Sub-pixel throughout: whole-pixel steps judder on slow moves. */
export function compose(context: SKRSContext2D, scene: Scene, view: View, t: number, size: Size): void {
  const placed = scene.elements.map((element) => place(element, view, t, size))
  const floors = visibleFloors(scene.elements, placed, size)
  scene.elements.forEach((element, i) => {
    const { zoom, x, y } = placed[i] as Placement
    if ('draw' in element) {
      context.save()
      context.setTransform(zoom, 0, 0, zoom, x, y)
      element.draw(context, t)
      context.restore()
    } else drawLayer(context, element, { zoom, x, y }, floors[i] as number, size)
  })
  scene.weather?.(context, t)
}

/** Where an element's own origin lies in the frame, and how large it is: near things move and grow more than far ones. */
function place(element: Element, view: View, t: number, size: Size): Placement {
  const nearness = 0.35 + 0.65 * element.depth
  const zoom = 1 + (view.zoom - 1) * nearness
  const motion = 'motion' in element ? element.motion : {}
  const phase = motion.period_s ? (2 * Math.PI * t) / motion.period_s + (motion.phase ?? 0) : 0
  const x = -view.x * element.depth * size.width + (motion.sway_x ?? 0) * Math.sin(phase)
  const y = -view.y * nearness * size.height + (motion.sway_y ?? 0) * Math.cos(phase)
  const aim_x = size.width / 2
  const aim_y = size.height * AIM_Y
  return { zoom, x: aim_x + (x - aim_x) * zoom, y: aim_y + (y - aim_y) * zoom }
}

/** For each element the row below which nearer layers hide it. */
function visibleFloors(elements: readonly Element[], placed: readonly Placement[], size: Size): number[] {
  const floors: number[] = []
  let floor = size.height
  for (let i = elements.length - 1; i >= 0; i -= 1) {
    floors[i] = floor
    const element = elements[i] as Element
    const { zoom, y } = placed[i] as Placement
    if ('sheet' in element && element.solid_from !== null)
      floor = Math.min(floor, Math.max(0, Math.ceil(y + (element.solid_from + 1) * zoom) + 1))
  }
  return floors
}

function drawLayer(context: SKRSContext2D, layer: Layer, at: Placement, floor: number, size: Size): void {
  const { zoom } = at
  const left = at.x + layer.x * zoom
  const top = at.y + layer.y * zoom
  const from = Math.max(0, top)
  const to = Math.min(floor, top + layer.sheet.height * zoom)
  if (to <= from) return
  context.drawImage(layer.sheet, -left / zoom, (from - top) / zoom, size.width / zoom, (to - from) / zoom, 0, from, size.width, to - from)
}
