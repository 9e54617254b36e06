import pg from 'pg'

const [QUERY, COPY_DATA, COPY_DONE] = ['Q', 'd', 'c'].map((code) => code.charCodeAt(0))
const NULL = '\\N'
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** A value of PostgreSQL's text format for COPY. Numbers, ids and the like need no `copiedText`. */
export function copied(value: bigint | number | string | null): string {
  return value === null ? NULL : `${value}`
}

/** The same of anybody's text. */
export function copiedText(text: string | null): string {
  return text === null ? NULL : text.replace(/[\\\t\n\r]/g, (one) => ESCAPES[one] ?? one)
}

/**
 * A COPY whose rows go with it and do not wait until they are asked for: so it can be sent between other statements. When it fails, or the transaction has
 * failed before it, the server drops the rows.
 */
export class CopyIn extends pg.Query {
  readonly #message: Buffer

  /** @param text `copy … from stdin` @param rows lines, each with its end */
  constructor(text: string, rows: string, told: (error: unknown, count: number) => void) {
    super(text, undefined, (error: unknown, result) => told(error, result?.rowCount ?? 0))
    this.#message = Buffer.concat([message(QUERY, `${text}\0`), message(COPY_DATA, rows), message(COPY_DONE, '')])
  }

  override submit = (connection: pg.Connection): void => {
    connection.stream.write(this.#message)
  }

  /** The driver's way would be to refuse. */
  handleCopyInResponse(): void {}
}

function message(code: number | undefined, text: string): Buffer {
  const length = Buffer.byteLength(text)
  const buffer = Buffer.allocUnsafe(length + 5)
  buffer[0] = code ?? 0
  buffer.writeInt32BE(length + 4, 1)
  buffer.write(text, 5)
  return buffer
}
