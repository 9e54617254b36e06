import { randomUUID } from 'node:crypto'

export type Part =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly filename: string; readonly type: string; readonly content: Uint8Array }
  /** `bytes`: how many it has; null when nobody knows, and then the whole form has no length. */
  | {
      readonly name: string
      readonly filename: string
      readonly type: string
      readonly content: ReadableStream<Uint8Array>
      readonly bytes: number | null
    }

export interface Form {
  readonly headers: Readonly<Record<string, string>>
  readonly body: ReadableStream<Uint8Array>
  /** Lets go of files that nobody read to their end. Always safe. */
  discard(): Promise<void>
}

/** A form that is written as it is read: a clip of 200 MiB is never held. Names come from profiles, and need no escapes. */
export function writeForm(parts: readonly Part[]): Form {
  const boundary = `filmgate-${randomUUID()}`
  const pieces: Piece[] = []
  let length: number | null = 0
  const say = (content: Uint8Array | Reader, bytes: number | null) => {
    pieces.push(content)
    length = length === null || bytes === null ? null : length + bytes
  }
  const sayText = (text: string) => {
    const bytes = new TextEncoder().encode(text)
    say(bytes, bytes.byteLength)
  }
  for (const part of parts) {
    sayText(`--${boundary}\r\ncontent-disposition: form-data; name="${part.name}"`)
    if ('text' in part) {
      sayText(`\r\n\r\n${part.text}\r\n`)
      continue
    }
    sayText(`; filename="${part.filename}"\r\ncontent-type: ${part.type}\r\n\r\n`)
    if ('bytes' in part) say(part.content.getReader(), part.bytes)
    else say(part.content, part.content.byteLength)
    sayText('\r\n')
  }
  sayText(`--${boundary}--\r\n`)
  const type = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  return {
    headers: length === null ? type : { ...type, 'content-length': String(length) },
    body: ReadableStream.from(read(pieces)),
    async discard() {
      for (const piece of pieces) if (!(piece instanceof Uint8Array)) await piece.cancel().catch(() => undefined)
    },
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>
type Piece = Uint8Array | Reader

async function* read(pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece
    else for (let step = await piece.read(); !step.done; step = await piece.read()) yield step.value
  }
}
