import type { Video } from '@filmgate/client'
import type { Output } from './output.ts'
import { leftText, type Shown, show, tick } from './progress.ts'
import { placeOf, STRIP, stageText } from './stages.ts'
import { clip, pad } from './text/width.ts'
import type { World } from './world.ts'

const BAR = 20
const REDRAW_MS = 500

/** A line on stderr that is drawn in place while a video is awaited; where that is no terminal, a line for every new stage. */
export class ProgressLine {
  readonly #out: Output
  readonly #world: World
  readonly #stop: () => void
  readonly #prefix: string
  #shown: Shown | null = null
  #said = ''
  #drawn = false

  /** `prefix` stands before the stage where several videos are awaited. */
  constructor(world: World, out: Output, prefix = '') {
    this.#world = world
    this.#out = out
    this.#prefix = prefix
    this.#stop = out.is_live && world.env.TERM !== 'dumb' ? world.every(REDRAW_MS, () => this.#tick()) : () => undefined
  }

  /** News of the video. */
  update(video: Video): void {
    this.#shown = show(this.#shown, video, this.#world.now())
    if (this.#in_place) this.#draw(this.#shown)
    else this.#say(this.#shown)
  }

  /** Something beside the video: that the gateway does not answer just now. */
  interject(text: string): void {
    this.clear()
    this.#out.note(text)
  }

  /** Takes the line away: what follows begins at the margin. */
  clear(): void {
    if (this.#drawn) this.#out.draw('\r\u001b[2K')
    this.#drawn = false
  }

  end(): void {
    this.#stop()
    this.clear()
  }

  get #in_place(): boolean {
    return this.#out.is_live && this.#world.env.TERM !== 'dumb'
  }

  #tick(): void {
    if (this.#shown === null) return
    this.#shown = tick(this.#shown, this.#world.now())
    this.#draw(this.#shown)
  }

  #draw(shown: Shown): void {
    this.#out.draw(`\r\u001b[2K${lineOf(shown, this.#world.now(), this.#out)}`)
    this.#drawn = true
  }

  #say({ video }: Shown): void {
    const text = stageText(video)
    if (text !== this.#said) this.#out.note(`${this.#prefix}${text}`)
    this.#said = text
  }
}

/** As much as fits, the percentage first: strip of stages, bar, time left. Never a whole line: a terminal would go on to the next. */
export function lineOf(shown: Shown, now_ms: number, out: Pick<Output, 'note_columns' | 'paint_notes'>): string {
  const { paint_notes: paint } = out
  const width = out.note_columns - 1
  const { stage } = shown.video.filmgate
  const percent = pad(`${shown.percent}%`, 4, 'right')
  const filled = Math.round((shown.percent / 100) * BAR)
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`
  const left = leftText(shown, now_ms)
  const strip = STRIP.map((word, at) => (at === placeOf(stage) ? word.toUpperCase() : word)).join(' › ')
  const painted = STRIP.map((word, at) =>
    at === placeOf(stage) ? paint.bold(word.toUpperCase()) : at < placeOf(stage) ? word : paint.dim(word),
  ).join(' › ')
  if (strip.length + 2 + BAR + 1 + percent.length + 2 + left.length <= width) return `${painted}  ${paint.cyan(bar)} ${percent}  ${left}`
  if (strip.length + 2 + percent.length + 2 + left.length <= width) return `${painted}  ${percent}  ${left}`
  const word = stageText(shown.video)
  const short = `${percent}  ${word}${left === '' ? '' : `, ${left}`}`
  if (BAR + 1 + short.length <= width) return `${paint.cyan(bar)} ${short}`
  return clip(short, width)
}
