// XMP in a top-level `uuid` box (ISO 16684-1; XMP specification part 3, MPEG-4). The identifier is XMP's own.
const XMP_BOX = Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex')

/** IPTC's words: "created purely by an algorithm not based on any sampled training data", and "composed of several elements, at least one synthetic". */
const SOURCES = { drawn: 'algorithmicMedia', composed: 'compositeSynthetic' } as const

/** A box that says how the clip came about: drawn by us alone, or with pictures that others made in it. Appended to a finished MP4; players skip it. */
export function provenanceBox(how: keyof typeof SOURCES): Uint8Array {
  const xmp = `<?xpacket begin="\u{feff}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/${SOURCES[how]}</Iptc4xmpExt:DigitalSourceType>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`
  const body = Buffer.from(xmp, 'utf8')
  const header = Buffer.alloc(8)
  header.writeUInt32BE(8 + XMP_BOX.length + body.length, 0)
  header.write('uuid', 4, 'latin1')
  return Buffer.concat([header, XMP_BOX, body])
}
