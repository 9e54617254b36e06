import { LocalCopies } from '../../media/local-copies.ts'
import { readPlace } from '../../media/s3/place.ts'
import { s3Store } from '../../media/s3/store.ts'

// A process that stores one object of so many bytes, for tests that kill it: node uploader.ts FOLDER KEY BYTES

const [folder = '', key = '', bytes = '0'] = process.argv.slice(2)
const read = readPlace(process.env.FILMGATE_STORAGE ?? '', process.env)
if (read.outcome === 'wrong') throw new Error(read.sentence)
const copies = new LocalCopies(`${folder}/kept`, `${folder}/in-use`, 0)
await copies.prepare()
const source = new Blob([new Uint8Array(Number(bytes)).fill(7)]).stream()
await s3Store({ place: read.place, copies }).put(key, source, Number(bytes))
