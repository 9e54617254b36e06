import { createCanvas, loadImage, type SKRSContext2D } from '@napi-rs/canvas'
import type { Size } from '../../domain/order.ts'
import { drawable, fonts } from './fonts.ts'
import type { Character } from './job.ts'

/** The characters of a clip: a card with picture and name each, pinned to the right above the caption, as on a storyboard. */
export interface Cast {
  draw(context: SKRSContext2D): void
}

// Degrees: pinned by hand.
const TILT = [2.5, -2, 1.5, -3]

export async function openCast(characters: readonly Character[], size: Size): Promise<Cast | null> {
  if (characters.length === 0) return null
  const unit = Math.min(size.width, size.height) / 720
  const px = (length: number): number => length * unit
  const card = { width: px(196), height: px(246), frame: px(10) }
  const step = card.width + px(26)
  const room = px(40)
  const sheet = createCanvas(Math.ceil(step * characters.length + 2 * room), Math.ceil(card.height + 2 * room))
  const context = sheet.getContext('2d')
  for (const [i, { name, picture_path }] of characters.entries()) {
    const picture = await loadImage(picture_path)
    context.save()
    context.translate(room + step * i + card.width / 2, room + card.height / 2)
    context.rotate(((TILT[i % TILT.length] ?? 0) * Math.PI) / 180)
    context.translate(-card.width / 2, -card.height / 2)
    context.shadowColor = 'rgba(0,0,0,.55)'
    context.shadowBlur = px(22)
    context.shadowOffsetY = px(7)
    context.fillStyle = '#f6f3ea'
    context.beginPath()
    context.roundRect(0, 0, card.width, card.height, px(5))
    context.fill()
    context.shadowColor = 'transparent'
    const side = card.width - 2 * card.frame
    const cut = Math.min(picture.width, picture.height)
    // Faces are in the upper part of upright pictures.
    const top = (picture.height - cut) * (picture.height > picture.width ? 0.2 : 0.5)
    context.drawImage(picture, (picture.width - cut) / 2, top, cut, cut, card.frame, card.frame, side, side)
    context.fillStyle = '#15120a'
    context.textAlign = 'center'
    context.font = `${Math.round(px(24))}px ${fonts().sans}`
    context.fillText(
      fitting(drawable(name), side, (text) => context.measureText(text).width),
      card.width / 2,
      card.height - px(18),
    )
    context.restore()
  }
  const left = size.width - sheet.width + room - px(36)
  const top = size.height - px(150) - card.height - room
  return { draw: (target) => target.drawImage(sheet, Math.round(left), Math.round(top)) }
}

function fitting(name: string, width: number, measure: (text: string) => number): string {
  if (measure(name) <= width) return name
  let kept = name
  while (kept && measure(`${kept}…`) > width) kept = kept.slice(0, -1)
  return `${kept}…`
}
