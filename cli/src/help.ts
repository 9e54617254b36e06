import type { AnyCommand, Flag, Word } from './command.ts'
import { COMMANDS, type Entry } from './commands.ts'
import { GLOBAL_FLAGS } from './globals.ts'
import type { Output } from './output.ts'
import { pad, widthOf, wrap } from './text/width.ts'

const WIDEST = 100

/** All commands, by group. */
export function overview(out: Output): readonly string[] {
  const groups = [...new Set(COMMANDS.map(({ group }) => group))]
  return [
    ...paragraph('filmgate: make AI video clips through a Filmgate gateway, and see what they cost.', out),
    '',
    `${out.paint.bold('Usage')}  filmgate COMMAND [words] [--flags]`,
    ...groups.flatMap((group) => [
      '',
      out.paint.bold(group),
      ...pairs(
        COMMANDS.filter((entry) => entry.group === group).map(({ name, summary }): [string, string] => [name, summary]),
        out,
      ),
    ]),
    '',
    out.paint.bold('Flags of every command'),
    ...pairs(flagPairs(GLOBAL_FLAGS), out),
    '',
    ...paragraph(
      'filmgate help COMMAND says more. Exit codes: 0 done, 1 our mistake, 2 usage, 3 key, 4 not found, 5 refused as invalid, 6 credits or price, 7 rate limit, 8 video failed (not charged), 9 waited too long, 10 gateway or network, 11 a check failed, 130 Ctrl-C.',
      out,
    ),
  ]
}

/** One command. */
export function explain(entry: Entry, command: AnyCommand, out: Output): readonly string[] {
  const { words, flags } = command
  const shape = Object.entries(words).map(([name, word]) => shapeOf(name, word))
  return [
    ...paragraph(`${entry.summary}.`, out),
    ...(command.about ?? []).flatMap((text) => ['', ...paragraph(text, out)]),
    '',
    `${out.paint.bold('Usage')}  ${['filmgate', entry.name, ...shape, ...(Object.keys(flags).length > 0 ? ['[--flags]'] : [])].join(' ')}`,
    ...(shape.length === 0
      ? []
      : [
          '',
          ...pairs(
            Object.entries(words).map(([name, { says }]): [string, string] => [name.toUpperCase(), says]),
            out,
          ),
        ]),
    ...(Object.keys(flags).length === 0 ? [] : ['', out.paint.bold('Flags'), ...pairs(flagPairs(flags), out)]),
    '',
    out.paint.bold('Flags of every command'),
    ...pairs(flagPairs(GLOBAL_FLAGS), out),
    ...(command.examples.length === 0 ? [] : ['', out.paint.bold('Examples'), ...command.examples.map((example) => `  ${example}`)]),
  ]
}

/** Commands that begin with a word: what `filmgate batch` alone shows. */
export function family(word: string, out: Output): readonly string[] {
  const members = COMMANDS.filter(({ name }) => name.startsWith(`${word} `))
  return pairs(
    members.map(({ name, summary }): [string, string] => [name, summary]),
    out,
  )
}

function shapeOf(name: string, { optional, many }: Word): string {
  const shown = `${name.toUpperCase()}${many ? '…' : ''}`
  return optional ? `[${shown}]` : shown
}

function flagPairs(flags: Readonly<Record<string, Flag>>): [string, string][] {
  return Object.entries(flags).map(([name, { short, takes, choices, says, many }]) => [
    `${short === undefined ? '' : `-${short}, `}--${name}${takes === undefined ? '' : ` ${takes}`}`,
    `${says}${choices === undefined ? '' : ` (${choices.join(', ')})`}${many ? '; may be repeated' : ''}`,
  ])
}

/** Two columns; the second goes on below itself. Where there is no room for two, one below the other. */
function pairs(all: readonly (readonly [string, string])[], out: Output): string[] {
  const width = Math.min(out.columns, WIDEST)
  const first = Math.max(...all.map(([name]) => widthOf(name)))
  if (width - first - 4 < 24) {
    return all.flatMap(([name, says]) => [`  ${out.paint.cyan(name)}`, ...wrap(says, width - 6).map((line) => `      ${line}`)])
  }
  return all.flatMap(([name, says]) =>
    wrap(says, width - first - 4).map((line, at) => `  ${at === 0 ? out.paint.cyan(pad(name, first)) : ' '.repeat(first)}  ${line}`),
  )
}

function paragraph(text: string, out: Output): readonly string[] {
  return wrap(text, Math.min(out.columns, WIDEST))
}
