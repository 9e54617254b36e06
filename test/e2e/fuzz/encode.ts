import { FilePart, Raw } from './values.ts'

/** JSON text; what is raw stands as it is, lone surrogates as they are escaped. */
export function jsonOf(value: unknown): string {
  if (value instanceof Raw) return value.text
  if (value instanceof FilePart) return JSON.stringify(`data:${value.type};base64,${value.bytes.toString('base64')}`)
  if (Array.isArray(value)) return `[${value.map((item) => jsonOf(item ?? null)).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => `${JSON.stringify(name)}:${jsonOf(inner)}`)
      .join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

/** A form, with the bracketed names that SDKs use. */
export function formOf(value: unknown, boundary: string): Buffer {
  const parts: Buffer[] = []
  const add = (name: string, inner: unknown): void => {
    if (inner === undefined) return
    if (Array.isArray(inner)) {
      for (const item of inner) add(`${name}[]`, item)
    } else if (inner instanceof FilePart) {
      parts.push(
        Buffer.from(
          `--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="${inner.name}"\r\ncontent-type: ${inner.type}\r\n\r\n`,
        ),
        inner.bytes,
        Buffer.from('\r\n'),
      )
    } else if (typeof inner === 'object' && inner !== null && !(inner instanceof Raw)) {
      for (const [member, deeper] of Object.entries(inner)) add(name === '' ? member : `${name}[${member}]`, deeper)
    } else {
      const text = inner instanceof Raw ? inner.text : String(inner)
      parts.push(Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`))
    }
  }
  add('', value)
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)])
}
