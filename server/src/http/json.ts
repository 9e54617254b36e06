import { type Problem, problem } from '../domain/problems.ts'

const DEEPEST = 32
const MOST_VALUES = 500_000

/**
 * Parses a JSON body. Nesting and the number of values are bounded before anything is built: thirty megabytes of `[[[[`
 * would otherwise become a gigabyte of arrays. Of a name given twice the last one counts, as everywhere in JSON.
 * @throws Problem invalid_value, in words that point at the place.
 */
export function parseJson(bytes: Uint8Array, most_values = MOST_VALUES): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw broken('The request body is not valid UTF-8.')
  }
  const excess = tooMuch(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), most_values)
  if (excess) throw broken(excess)
  try {
    return JSON.parse(text)
  } catch (error) {
    const where = error instanceof SyntaxError ? / at position \d+(?: \(line \d+ column \d+\))?/.exec(error.message)?.[0] : undefined
    throw broken(`The request body is not valid JSON${where ? ` (mistake${where})` : ''}.`)
  }
}

function broken(message: string): Problem {
  return problem('invalid_value', message)
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

/** Counts structure outside strings. Strings are skipped by `indexOf`, so a body that is one big image costs almost nothing. */
function tooMuch(bytes: Buffer, most_values: number): string | null {
  let depth = 0
  let values = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      at = endOfString(bytes, at + 1)
    } else if (byte === 0x7b || byte === 0x5b) {
      values++
      if (++depth > DEEPEST) return `The request body is nested deeper than ${DEEPEST} levels.`
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--
    } else if (byte === COMMA && ++values > most_values) {
      return `The request body holds more than ${most_values.toLocaleString('en')} values.`
    }
  }
  return null
}

/** The index of the quote that ends the string which began before `from`; the length when none does (JSON.parse will say so). */
function endOfString(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(QUOTE, from)
  while (at !== -1) {
    let slashes = 0
    while (bytes[at - 1 - slashes] === BACKSLASH && at - 1 - slashes >= from) slashes++
    if (slashes % 2 === 0) return at
    at = bytes.indexOf(QUOTE, at + 1)
  }
  return bytes.length
}
