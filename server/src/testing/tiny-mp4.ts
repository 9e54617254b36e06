/** The least that is an MP4 file with an index: it says how long and how large it is, and shows nothing. */
export function tinyMp4(seconds: number, { width, height }: { readonly width: number; readonly height: number }): Uint8Array {
  const movie_header = Buffer.alloc(100)
  movie_header.writeUInt32BE(1_000, 12)
  movie_header.writeUInt32BE(Math.round(seconds * 1_000), 16)
  const track_header = Buffer.alloc(84)
  track_header.writeUInt16BE(width, 76)
  track_header.writeUInt16BE(height, 80)
  const index = box('moov', box('mvhd', movie_header), box('trak', box('tkhd', track_header)))
  return new Uint8Array(Buffer.concat([box('ftyp', Buffer.from('isom\0\0\0\0isom', 'latin1')), index]))
}

function box(type: string, ...inside: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + inside.reduce((bytes, part) => bytes + part.byteLength, 0))
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, ...inside])
}
