import picocolors from 'picocolors'
import { type Column, fields, table } from './text/table.ts'
import { plain, plainJson, plainLines, wrap } from './text/width.ts'
import type { Sink, World } from './world.ts'

export type Format = 'text' | 'json' | 'jsonl'
export type Paint = ReturnType<typeof picocolors.createColors>

/** stdout is for data alone; progress, warnings and questions go to stderr. */
export class Output {
  readonly format: Format
  /** Colours for stdout, and for stderr: each by what it is connected to. */
  readonly paint: Paint
  readonly paint_notes: Paint
  readonly #stdout: Sink
  readonly #stderr: Sink

  constructor(world: Pick<World, 'env' | 'stdout' | 'stderr'>, format: Format, color: boolean | null) {
    this.format = format
    this.#stdout = world.stdout
    this.#stderr = world.stderr
    this.paint = picocolors.createColors(coloured(world.env, world.stdout, color))
    this.paint_notes = picocolors.createColors(coloured(world.env, world.stderr, color))
  }

  /** Columns of stdout. */
  get columns(): number {
    return this.#stdout.columns()
  }

  /** Whether a line on stderr may be drawn again in place. */
  get is_live(): boolean {
    return this.#stderr.is_terminal
  }

  get note_columns(): number {
    return this.#stderr.columns()
  }

  /** One answer: as JSON, or as the lines that `text` makes of it. */
  document<T>(value: T, text: (value: T, out: Output) => readonly string[]): void {
    if (this.format === 'text') this.lines(text(value, this))
    else this.#stdout.write(`${plainJson(value, this.format === 'json' ? 2 : 0)}\n`)
  }

  /** Items: a table, one document `{object: 'list', data}`, or a line of JSON each. `empty` is said on stderr when there are none. */
  list<T>(items: readonly T[], columns: readonly Column[], row: (item: T) => readonly string[], empty: string): void {
    if (this.format === 'json') this.#stdout.write(`${plainJson({ object: 'list', data: items }, 2)}\n`)
    else if (this.format === 'jsonl') for (const item of items) this.item(item)
    else if (items.length === 0) this.note(empty)
    else this.lines(this.table(columns, items.map(row)))
  }

  /** One line of JSON: of `--jsonl`, where items come one by one. */
  item(value: unknown): void {
    this.#stdout.write(`${plainJson(value, 0)}\n`)
  }

  /** A sentence that is the answer, as wide as stdout is. */
  sentence(text: string): readonly string[] {
    return wrap(plain(text), this.columns)
  }

  lines(lines: readonly string[]): void {
    this.#stdout.write(lines.map((line) => `${line}\n`).join(''))
  }

  /** Text as it is: CSV, a completion script. On a terminal without what would steer it. */
  raw(text: string): void {
    this.#stdout.write(this.#stdout.is_terminal ? plainLines(text) : text)
  }

  table(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
    return table(columns, rows, this.columns, this.paint.dim)
  }

  fields(pairs: readonly (readonly [title: string, value: string | null | undefined])[]): readonly string[] {
    const shown = pairs.flatMap(([title, value]): (readonly [string, string])[] =>
      value === null || value === undefined ? [] : [[title, value]],
    )
    return fields(shown, this.columns, this.paint.dim)
  }

  /** A sentence for people, on stderr. Colour comes by `paint`, line by line: what stands in the text is never taken for an escape. */
  note(text: string, paint: (line: string) => string = (line) => line): void {
    for (const line of wrap(plain(text), this.note_columns)) this.#stderr.write(`${paint(line)}\n`)
  }

  /** Lines that are laid out already, on stderr. */
  noteLines(lines: readonly string[]): void {
    this.#stderr.write(lines.map((line) => `${line}\n`).join(''))
  }

  /** Text on stderr as it is: a line that is drawn in place. */
  draw(text: string): void {
    this.#stderr.write(text)
  }
}

/** The flag, then NO_COLOR, then FORCE_COLOR, then what it is connected to. */
function coloured(env: World['env'], sink: Sink, flag: boolean | null): boolean {
  if (flag !== null) return flag
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0'
  return sink.is_terminal && env.TERM !== 'dumb'
}
