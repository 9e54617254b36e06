import { Problem, problem } from '../domain/problems.ts'
import { spell } from './issues.ts'
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
  let from = text.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0
  for (let line = 1; from < text.length; line++) {
    const end = text.indexOf(NEW_LINE, from)
    const one = text.subarray(from, end === -1 ? text.length : end)
    if (!isBlank(one)) yield { line, bytes: one }
    from = end === -1 ? text.length : end + 1
  }
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}

/** What a line says. @throws Problem for what is no JSON object, or could not be stored */
export function parseLine(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const value = parsed(bytes)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw problem(
      'invalid_value',
      `The line must be a JSON object; it is ${Array.isArray(value) ? 'a list' : JSON.stringify(value).slice(0, 40)}.`,
    )
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
