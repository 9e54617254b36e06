/** A member of what was sent, whatever that is. */
export function valueIn(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
}

/** Null for anything but text. */
export function textIn(json: unknown, name: string): string | null {
  const value = valueIn(json, name)
  return typeof value === 'string' ? value : null
}

/** Bytes of a picture inside JSON; of a linked one, which nobody fetches here, those of its address. Null: it is neither. */
export function pictureBytes(uri: string): number | null {
  const [, base64] = /^data:image\/(?:png|jpeg|webp);base64,(.+)$/.exec(uri) ?? []
  if (base64 !== undefined) return Buffer.from(base64, 'base64').byteLength
  return uri.startsWith('https://') ? uri.length : null
}
