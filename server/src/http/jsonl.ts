import { Problem, problem } from '../domain/problems.ts'
import { describe, spell } from './issues.ts'
import { parseJson } from './json.ts'
import { unstorable } from './storable.ts'

const NEW_LINE = 0x0a
const BOM = Buffer.from([0xef, 0xbb, 0xbf])

/** One line that is not empty, numbered from 1 as an editor does. */
export interface Line {
  readonly line: number
  readonly bytes: Uint8Array
}

/** The lines of a file, with whatever ends them: LF or CRLF, a mark of byte order in front, empty ones in between. */
export function* linesOf(bytes: Uint8Array): Generator<Line> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = { from: text.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0, line: 1 }
  for (;;) {
    at = pastBlanks(text, at)
    if (at.from === text.length) return
    const end = text.indexOf(NEW_LINE, at.from)
    const to = end === -1 ? text.length : end
    yield { line: at.line, bytes: text.subarray(at.from, to) }
    at = { from: Math.min(to + 1, text.length), line: at.line + 1 }
  }
}

/** Byte by byte, for a file may be fifty million empty lines. */
function pastBlanks(text: Uint8Array, { from, line }: { from: number; line: number }): { from: number; line: number } {
  for (; from < text.length; from++) {
    const byte = text[from]
    if (byte === NEW_LINE) line++
    else if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) break
  }
  return { from, line }
}

/** What a line says. @throws Problem for what is no JSON object, or could not be stored */
export function parseLine(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const value = parsed(bytes)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw problem('invalid_value', `The line must be a JSON object; it is ${describe(value)}.`)
  }
  const found = unstorable(value)
  if (found !== null)
    throw problem('invalid_value', `\`${spell(found.path, 'json') ?? 'The line'}\` ${found.why}.`, { param: spell(found.path, 'json') })
  return { ...value }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw problem(error.code, error.message.replace('The request body', 'The line'))
  }
}
