import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas'
import type { Size } from '../../domain/order.ts'
import { fonts } from './fonts.ts'
import { CHIP, CHIP_TEXT, caption } from './overlay.ts'

// Later edits write below earlier ones; after so many they begin at the top again.
const ROWS = 5

/** The line that an edit writes over the pictures, below the first line of a storyboard, which may be in them already. @param row edits before this one */
export function openEditCaption(prompt: string, row: number, size: Size): (context: SKRSContext2D) => void {
  const { width } = size
  const unit = Math.min(width, size.height) / 720
  const px = (length: number): number => length * unit
  const { sans, mono } = fonts()
  const height = Math.ceil(px(44))
  const margin = Math.round(px(36))
  const sheet = createCanvas(width, height)
  const context = sheet.getContext('2d')
  context.font = `${Math.round(px(15))}px ${mono}`
  const chip_width = context.measureText('EDIT').width + px(16)
  context.font = `${Math.round(px(20))}px ${sans}`
  const measure = (text: string): number => context.measureText(text).width
  const left = margin + chip_width + px(12)
  const [first = '', second] = caption(prompt, width - left - margin, measure)
  const text = second === undefined ? first : shortened(first, width - left - margin, measure)
  const end = left + measure(text) + px(16)
  context.fillStyle = 'rgba(10,10,14,.72)'
  context.beginPath()
  context.roundRect(margin - px(10), px(3), end - margin + px(10), height - px(6), px(8))
  context.fill()
  context.fillStyle = '#fff'
  context.fillText(text, left, px(29))
  context.fillStyle = CHIP
  context.beginPath()
  context.roundRect(margin, px(10), chip_width, px(24), px(4))
  context.fill()
  context.fillStyle = CHIP_TEXT
  context.font = `${Math.round(px(15))}px ${mono}`
  context.fillText('EDIT', margin + px(8), px(27))
  const top = Math.round(px(64) + (row % ROWS) * px(46))
  return (target) => target.drawImage(sheet, 0, top)
}

function shortened(line: string, width: number, measure: (text: string) => number): string {
  let kept = line
  while (kept && measure(`${kept} …`) > width) kept = kept.includes(' ') ? kept.replace(/\s+\S*$/, '') : kept.slice(0, -1)
  return `${kept} …`
}
