import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas'
import { drawable, fonts } from './fonts.ts'
import { FPS, type RenderJob } from './job.ts'
import type { Place, Story } from './prompt.ts'

/** The storyboard's writing over the picture: caption, shot, camera, label, timecode. */
export interface Overlay {
  draw(context: SKRSContext2D, shot: number, frame: number): void
}

// Where there is no hour to see.
const TIMELESS: ReadonlySet<Place> = new Set(['space', 'underwater', 'abstract'])
export const CHIP = '#ffcf5c'
export const CHIP_TEXT = '#15120a'

export function openOverlay(job: RenderJob, story: Story): Overlay {
  let painted: { shot: number; sheet: Canvas } | null = null
  const { width, height } = job
  const unit = Math.min(width, height) / 720
  const margin = Math.round(36 * unit)
  const top = Math.ceil(92 * unit)
  const bottom = Math.ceil(196 * unit)
  const timecode_font = `${Math.round(18 * unit)}px ${fonts().mono}`

  return {
    draw(context, shot, frame) {
      // A clip of two minutes has thirty shots: only the one in view is kept.
      if (painted?.shot !== shot) painted = { shot, sheet: paintSheet(job, story, shot) }
      const { sheet } = painted
      context.drawImage(sheet, 0, 0, width, top, 0, 0, width, top)
      context.drawImage(sheet, 0, height - bottom, width, bottom, 0, height - bottom, width, bottom)
      context.font = timecode_font
      context.textAlign = 'right'
      context.fillStyle = '#fff'
      context.fillText(timecode(frame), width - margin, margin + Math.round(7 * unit))
      context.textAlign = 'left'
    },
  }
}

/** `00:07:23`: minutes, seconds, frames. */
export function timecode(frame: number): string {
  const seconds = Math.floor(frame / FPS)
  return [Math.floor(seconds / 60), seconds % 60, frame % FPS].map((part) => String(part).padStart(2, '0')).join(':')
}

function paintSheet(job: RenderJob, story: Story, shot: number): Canvas {
  const { width, height } = job
  const unit = Math.min(width, height) / 720
  const px = (size: number): number => size * unit
  const margin = Math.round(px(36))
  const { sans, mono } = fonts()
  const sheet = createCanvas(width, height)
  const context = sheet.getContext('2d')

  shade(context, 0, px(90), width, [0.45, 0.3, 0])
  shade(context, height - px(190), height, width, [0, 0.42, 0.74])

  context.font = `${Math.round(px(24))}px ${sans}`
  const lines = caption(job.prompt, width - 2 * margin, (text) => context.measureText(text).width)
  context.fillStyle = '#fff'
  for (const [i, line] of lines.entries()) context.fillText(line, margin, height - margin - (lines.length - 1 - i) * px(32))

  const baseline = height - margin - lines.length * px(32) - px(16)
  context.font = `${Math.round(px(15))}px ${mono}`
  const chip = `SHOT ${shot + 1}/${story.shots}`
  const chip_width = context.measureText(chip).width + px(16)
  context.fillStyle = CHIP
  context.beginPath()
  context.roundRect(margin, baseline - px(17), chip_width, px(24), px(4))
  context.fill()
  context.fillStyle = CHIP_TEXT
  context.fillText(chip, margin + px(8), baseline)
  context.fillStyle = 'rgba(255,255,255,.86)'
  const facts = [
    ...(job.operation === 'create' ? [] : [job.operation === 'extend' ? 'extension' : job.operation]),
    story.camera.replace('-', ' '),
    job.reference_path ? 'from picture' : TIMELESS.has(story.place) ? story.place : story.time,
    `${width}×${height}`,
  ]
  context.fillText(facts.join(' · ').toUpperCase().replace('×', 'x'), margin + chip_width + px(12), baseline)

  context.fillStyle = 'rgba(255,255,255,.92)'
  context.fillText(drawable(job.label ?? 'ANIMATIC').slice(0, 40), margin, margin + px(6))
  corners(context, width, height, unit)
  return sheet
}

/** A vertical fade of black between two rows. */
function shade(context: SKRSContext2D, from: number, to: number, width: number, strengths: readonly number[]): void {
  const gradient = context.createLinearGradient(0, from, 0, to)
  for (const [i, strength] of strengths.entries()) gradient.addColorStop(i / (strengths.length - 1), `rgba(0,0,0,${strength})`)
  context.fillStyle = gradient
  context.fillRect(0, from, width, to - from)
}

/** At most two lines; what does not fit ends in an ellipsis. Text without spaces is broken between characters. */
export function caption(prompt: string, width: number, measure: (text: string) => number): string[] {
  // More than any two lines hold: a prompt of 32,000 characters is not measured word by word.
  const text = drawable(prompt.slice(0, 600))
  if (!text) return ['(a prompt without letters that can be drawn here)']
  const lines: string[] = []
  let rest = text
  while (rest && lines.length < 2) {
    const line = firstLine(rest, width, measure)
    rest = rest.slice(line.length).trimStart()
    lines.push(line.trimEnd())
  }
  if (rest || prompt.length > 600) {
    let last = lines.pop() ?? ''
    while (last && measure(`${last} …`) > width) last = last.includes(' ') ? last.replace(/\s+\S*$/, '') : last.slice(0, -1)
    lines.push(`${last} …`)
  }
  return lines
}

function firstLine(text: string, width: number, measure: (text: string) => number): string {
  let low = 1
  let high = text.length
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (measure(text.slice(0, middle)) <= width) low = middle
    else high = middle - 1
  }
  if (low === text.length) return text
  const space = text.lastIndexOf(' ', low)
  return text.slice(0, space > low / 2 ? space : low)
}

function corners(context: SKRSContext2D, width: number, height: number, unit: number): void {
  const inset = 18 * unit
  const arm = 16 * unit
  context.strokeStyle = 'rgba(255,255,255,.35)'
  context.lineWidth = Math.max(1, unit)
  context.beginPath()
  for (const [x, y, right, down] of [
    [inset, inset, 1, 1],
    [width - inset, inset, -1, 1],
    [inset, height - inset, 1, -1],
    [width - inset, height - inset, -1, -1],
  ] as const) {
    context.moveTo(x + right * arm, y)
    context.lineTo(x, y)
    context.lineTo(x, y + down * arm)
  }
  context.stroke()
}
