/** A string of JSON with more bytes than this is a file that came along. */
const LONG_BYTES = 64 * 1024
const QUOTE = 0x22
const BACKSLASH = 0x5c

type Piece = { readonly kept: Uint8Array } | { readonly long: number; readonly bytes: Uint8Array }

/** Takes JSON apart while it arrives: what is kept, and the strings that are too long to keep, numbered as they come. Only so much is ever held. */
async function* pieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  let [inside, escaped, is_long] = [false, false, false]
  let held: Uint8Array[] = [] // of a string that may become long, with the quote that opens it
  let held_bytes = 0
  let long = 0
  const asLong = () => held.map((bytes, at): Piece => ({ long, bytes: at === 0 ? bytes.subarray(1) : bytes }))
  for await (const chunk of body) {
    let from = 0
    let backslash = -1
    const next = (byte: number, at: number) => {
      const found = chunk.indexOf(byte, at)
      return found === -1 ? chunk.byteLength : found
    }
    for (let at = 0; at < chunk.byteLength; at++) {
      if (escaped) {
        escaped = false
        continue
      }
      const quote = next(QUOTE, at)
      if (!inside) {
        if (quote === chunk.byteLength) break
        yield { kept: chunk.subarray(from, quote) }
        from = at = quote
        inside = true
        continue
      }
      if (backslash < at) backslash = next(BACKSLASH, at)
      at = Math.min(quote, backslash)
      if (at === chunk.byteLength) break
      if (at === backslash) {
        escaped = true
        continue
      }
      inside = false
      if (is_long || held_bytes + at - from > LONG_BYTES) {
        if (!is_long) held.push(chunk.subarray(from, at))
        yield* is_long ? [{ long, bytes: chunk.subarray(from, at) }] : asLong()
        yield { kept: Buffer.from(`{"long":${long}}`) }
        long += 1
      } else {
        for (const kept of held) yield { kept }
        yield { kept: chunk.subarray(from, at + 1) }
      }
      from = at + 1
      is_long = false
      held = []
      held_bytes = 0
    }
    const rest = chunk.subarray(from)
    if (!inside) yield { kept: rest }
    else if (is_long) yield { long, bytes: rest }
    else {
      held.push(rest)
      held_bytes += rest.byteLength
      if (held_bytes <= LONG_BYTES) continue
      is_long = true
      yield* asLong()
      held = []
    }
  }
  // What was cut off is still shown, so that nobody takes it for whole.
  for (const kept of held) yield { kept }
}

/** JSON without its long strings: in place of the first stands `{"long":0}`, and so on. */
export async function* condense(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces(body)) if ('kept' in piece) yield piece.kept
}

/** The bytes that a long string holds in base64, as they arrive. @throws when there is no such string, or it breaks off */
export async function* longBytes(body: AsyncIterable<Uint8Array>, wanted: number): AsyncGenerator<Uint8Array> {
  let rest = ''
  let is_whole = false
  for await (const piece of pieces(body)) {
    if ('kept' in piece) {
      is_whole = Buffer.from(piece.kept).toString('latin1') === `{"long":${wanted}}`
      if (is_whole) break
    } else if (piece.long === wanted) {
      const text = rest + Buffer.from(piece.bytes).toString('latin1')
      const end = wholeUpTo(text)
      const plain = unescaped(text.slice(0, end))
      const even = plain.length - (plain.length % 4)
      rest = plain.slice(even) + text.slice(end)
      if (even > 0) yield Buffer.from(plain.slice(0, even), 'base64')
    }
  }
  if (!is_whole) throw new Error('the answer does not hold the clip')
  if (rest !== '') yield Buffer.from(unescaped(rest), 'base64')
}

/** An escape may be cut in two by the end of a chunk. */
function wholeUpTo(text: string): number {
  const at = text.lastIndexOf('\\')
  if (at === -1) return text.length
  const needs = text[at + 1] === 'u' ? 6 : 2
  return text.length - at < needs ? at : text.length
}

/** JSON may spell `/` and `=` as escapes. */
function unescaped(text: string): string {
  return text.includes('\\')
    ? text.replaceAll(/\\u00([0-9a-f]{2})|\\(.)/gi, (_all, hex, plain) => plain ?? String.fromCharCode(Number.parseInt(hex, 16)))
    : text
}
