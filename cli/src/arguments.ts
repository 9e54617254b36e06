import { nearest } from '@filmgate/client/nearest'
import type { Flag, Flags, Read, Words } from './command.ts'
import { usage } from './exits.ts'

// Our own reader: a parser that lets an unknown flag pass would let `--max-credit 40`, misspelt, order without a limit.

/**
 * Reads the words after a command's name. Nothing that was typed is ignored: an unknown flag, a missing value, a word too many is a mistake.
 * @throws Failure with exit 2
 */
export function readArguments(argv: readonly string[], words: Words, flags: Flags): Read {
  const given = new Map<string, string[]>()
  const switches = new Map<string, boolean>()
  const plain: string[] = []
  const rest = [...argv]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      plain.push(...rest.splice(0))
    } else if (word === '-' || !word.startsWith('-')) {
      plain.push(word)
    } else {
      const { name, flag, inline, negated } = findFlag(word, flags)
      if (flag.takes === undefined) {
        if (inline !== null) throw usage(`--${name} takes no value; it was given ${JSON.stringify(inline)}.`)
        switches.set(name, !negated)
      } else {
        if (negated) throw usage(`--no-${name} means nothing: leave --${name} out instead.`)
        const value = inline ?? valueIn(rest)
        if (value === null) throw usage(`--${name} needs a value: --${name} ${flag.takes}.`)
        given.set(name, [...(given.get(name) ?? []), checked(name, flag, value)])
      }
    }
  }
  return { words: placed(plain, words), flags: valued(given, switches, flags) }
}

interface Found {
  readonly name: string
  readonly flag: Flag
  readonly inline: string | null
  readonly negated: boolean
}

function findFlag(word: string, flags: Flags): Found {
  if (!word.startsWith('--')) {
    const found = Object.entries(flags).find(([, { short }]) => short === word[1])
    if (found === undefined) throw unknown(word.slice(0, 2), flags)
    const [name, flag] = found
    if (word.length > 2 && flag.takes === undefined) throw usage(`-${word[1]} takes no value: write ${word} as separate flags.`)
    return { name, flag, inline: word.length > 2 ? word.slice(2).replace(/^=/, '') : null, negated: false }
  }
  const [, typed = '', inline] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(word) ?? []
  const named = (name: string) => (Object.hasOwn(flags, name) ? flags[name] : undefined)
  const exact = named(typed)
  if (exact !== undefined) return { name: typed, flag: exact, inline: inline ?? null, negated: false }
  const positive = typed.startsWith('no-') ? named(typed.slice(3)) : undefined
  if (positive !== undefined) return { name: typed.slice(3), flag: positive, inline: inline ?? null, negated: true }
  throw unknown(`--${typed}`, flags)
}

function unknown(word: string, flags: Flags) {
  if (word === '--key') {
    return usage(
      'A key does not belong on the command line, where every process can read it: put it into a file for --key-file, or set FILMGATE_KEY.',
    )
  }
  const meant = word.startsWith('--') ? nearest(word.slice(2), Object.keys(flags)) : null
  return usage(`There is no flag ${word} here${meant === null ? '' : `; did you mean --${meant}?`}`)
}

/** A word that looks like a flag is no value, except a negative number: that is refused by what it is a value of. */
function valueIn(rest: string[]): string | null {
  const [next] = rest
  if (next === undefined || (next.startsWith('-') && next !== '-' && !/^-\d/.test(next))) return null
  rest.shift()
  return next
}

function checked(name: string, flag: Flag, value: string): string {
  if (flag.choices !== undefined && !flag.choices.includes(value)) {
    throw usage(`--${name} is ${JSON.stringify(value)}; it takes ${orList(flag.choices)}.`)
  }
  if (flag.whole !== undefined) {
    const [least, most] = flag.whole
    const number = /^-?\d{1,16}$/.test(value) ? Number(value) : null
    if (number === null || number < least || number > most) {
      throw usage(`--${name} is ${JSON.stringify(value)}; it takes a whole number from ${least} to ${most}.`)
    }
  }
  return value
}

function valued(given: ReadonlyMap<string, readonly string[]>, switches: ReadonlyMap<string, boolean>, flags: Flags) {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => {
      const values = given.get(name) ?? []
      if (flag.takes === undefined) return [name, switches.get(name) ?? false]
      if (flag.many) return [name, values]
      if (values.length > 1) throw usage(`--${name} was given ${values.length} times; it counts once.`)
      const [value] = values
      return [name, value !== undefined && flag.whole !== undefined ? Number(value) : value]
    }),
  )
}

function placed(plain: readonly string[], words: Words): Record<string, unknown> {
  const left = [...plain]
  const read = Object.fromEntries(
    Object.entries(words).map(([name, word]) => {
      const taken = word.many ? left.splice(0) : left.splice(0, 1)
      if (taken.length === 0 && !word.optional) throw usage(`${name.toUpperCase()} is missing: ${lowerFirst(word.says)}.`)
      for (const value of taken) {
        if (word.choices !== undefined && !word.choices.includes(value)) {
          throw usage(`${name.toUpperCase()} is ${JSON.stringify(value)}; it takes ${orList(word.choices)}.`)
        }
      }
      return [name, word.many ? taken : taken[0]]
    }),
  )
  const [surplus] = left
  if (surplus !== undefined) {
    const why = 'prompt' in words ? ' A prompt of several words stands in quotes.' : ''
    throw usage(`${JSON.stringify(surplus)} is one word too many.${why}`)
  }
  return read
}

function orList(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join() : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
