/** What the index of an MP4 file says of it. */
export interface Clip {
  readonly seconds: number
  readonly width: number
  readonly height: number
}

/** Null when it is no MP4 with an index. */
export function probe(bytes: Uint8Array): Clip | null {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (file.byteLength < 12 || file.toString('latin1', 4, 8) !== 'ftyp') return null
  const movie = box(file, 'moov')
  const header = movie === null ? null : box(movie, 'mvhd')
  if (movie === null || header === null || header.byteLength < 32) return null
  const long = header[0] === 1
  const scale = header.readUInt32BE(long ? 20 : 12)
  const duration = long ? Number(header.readBigUInt64BE(24)) : header.readUInt32BE(16)
  const [width = 0, height = 0] =
    boxes(movie, 'trak')
      .map(sizeOf)
      .find(([wide]) => wide > 0) ?? []
  return scale === 0 ? null : { seconds: duration / scale, width, height }
}

/** The end of a track's header: width and height, 16.16 fixed point. Zero for sound. */
function sizeOf(track: Buffer): readonly [number, number] {
  const header = box(track, 'tkhd')
  if (header === null || header.byteLength < 84) return [0, 0]
  return [header.readUInt16BE(header.byteLength - 8), header.readUInt16BE(header.byteLength - 4)]
}

function box(inside: Buffer, type: string): Buffer | null {
  return boxes(inside, type)[0] ?? null
}

function boxes(inside: Buffer, type: string): readonly Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at + 8 <= inside.byteLength; ) {
    const short = inside.readUInt32BE(at)
    const head = short === 1 ? 16 : 8
    if (at + head > inside.byteLength) break
    const length = short === 0 ? inside.byteLength - at : short === 1 ? Number(inside.readBigUInt64BE(at + 8)) : short
    if (length < head) break
    if (inside.toString('latin1', at + 4, at + 8) === type) found.push(inside.subarray(at + head, at + length))
    at += length
  }
  return found
}
