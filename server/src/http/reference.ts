import type { Size } from '../domain/order.ts'
import { problem } from '../domain/problems.ts'
import { checkReference } from '../media/image.ts'
import { IMAGE_BYTES } from './body.ts'
import { type Source, spell } from './issues.ts'
import { UploadedFile } from './uploads.ts'

type Given = UploadedFile | { readonly image_url?: string | undefined; readonly file_id?: string | undefined }

/**
 * Brings a first frame and looks at it: jpeg, png or webp that decodes whole, of exactly the ordered size.
 * @throws Problem invalid_value, payload_too_large
 */
export async function bringReference(given: Given, size: Size, source: Source): Promise<Uint8Array> {
  const [param, bytes] = given instanceof UploadedFile ? (['input_reference', await given.read()] as const) : linked(given, source)
  if (bytes.byteLength > IMAGE_BYTES) throw problem('payload_too_large', 'A reference image may have at most 25 MiB.', { param })
  const checked = await checkReference(bytes, size)
  if (checked.outcome === 'refused') throw problem('invalid_value', `The reference image can not be used: ${checked.why}`, { param })
  return bytes
}

function linked(given: Exclude<Given, UploadedFile>, source: Source): readonly [string | null, Uint8Array] {
  if ((given.image_url === undefined) === (given.file_id === undefined)) {
    throw problem('invalid_value', '`input_reference` must have exactly one of image_url and file_id.', { param: 'input_reference' })
  }
  if (given.image_url === undefined) {
    throw problem('invalid_value', 'There are no uploaded files here: send the image itself, or an image_url.', {
      param: spell(['input_reference', 'file_id'], source),
    })
  }
  const param = spell(['input_reference', 'image_url'], source)
  const data = /^data:([^,]*?)(;base64)?,(.*)$/s.exec(given.image_url)
  if (data === null) {
    // Fetching a stranger's address needs the guarded client that comes with the rest of the Videos API.
    throw problem('invalid_value', 'An image_url must be a data: URL here; links are not followed yet. Or send the image as a file.', {
      param,
    })
  }
  const text = data[3] ?? ''
  if (data[2] === undefined || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) {
    throw problem('invalid_value', 'The data: URL must hold the image in base64.', { param })
  }
  return [param, Buffer.from(text, 'base64')]
}
