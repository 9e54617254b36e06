import type { Size } from '../domain/order.ts'
import { problem } from '../domain/problems.ts'
import { checkReference } from '../media/image.ts'
import type { GuardedClient } from '../net/guarded.ts'
import { IMAGE_BYTES } from './body.ts'
import { type Source, spell } from './issues.ts'
import { UploadedFile } from './uploads.ts'

type Given = UploadedFile | { readonly image_url?: string | undefined; readonly file_id?: string | undefined }
type Brought = { readonly param: string | null; readonly bytes: Uint8Array }

/** Callers wait for the answer meanwhile: well below the minute after which common proxies give up. */
const LINK_MS = 20_000

/**
 * Brings a first frame and looks at it: jpeg, png or webp that decodes whole, of exactly the ordered size.
 * @throws Problem invalid_value, payload_too_large; overloaded when this process ends while a link is followed
 */
export async function bringReference(guarded: GuardedClient, given: Given, size: Size, source: Source): Promise<Uint8Array> {
  const { param, bytes } =
    given instanceof UploadedFile ? { param: 'input_reference', bytes: await given.read() } : await bringNamed(guarded, given, source)
  if (bytes.byteLength > IMAGE_BYTES) throw problem('payload_too_large', 'A reference image may have at most 25 MiB.', { param })
  const checked = await checkReference(bytes, size)
  if (checked.outcome === 'refused') throw problem('invalid_value', `The reference image can not be used: ${checked.why}`, { param })
  return bytes
}

async function bringNamed(guarded: GuardedClient, given: Exclude<Given, UploadedFile>, source: Source): Promise<Brought> {
  if ((given.image_url === undefined) === (given.file_id === undefined)) {
    throw problem('invalid_value', '`input_reference` must have exactly one of image_url and file_id.', { param: 'input_reference' })
  }
  if (given.image_url === undefined) {
    throw problem('invalid_value', 'There are no uploaded files here: send the image itself, or an image_url.', {
      param: spell(['input_reference', 'file_id'], source),
    })
  }
  const param = spell(['input_reference', 'image_url'], source)
  if (/^data:/i.test(given.image_url)) return { param, bytes: unpackData(given.image_url, param) }
  return { param, bytes: await followLink(guarded, given.image_url, param) }
}

function unpackData(url: string, param: string | null): Uint8Array {
  const [, , is_base64, text = ''] = /^data:([^,]*?)(;base64)?,(.*)$/is.exec(url) ?? []
  if (is_base64 === undefined || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) {
    throw problem('invalid_value', 'The data: URL must hold the image in base64.', { param })
  }
  return Buffer.from(text, 'base64')
}

async function followLink(guarded: GuardedClient, link: string, param: string | null): Promise<Uint8Array> {
  const fetched = await guarded.fetchBytes(link, { bytes_max: IMAGE_BYTES, timeout_ms: LINK_MS, accept: 'image/png,image/jpeg,image/webp' })
  switch (fetched.outcome) {
    case 'ok':
      return fetched.bytes
    case 'stopped':
      throw problem('overloaded', 'This server is shutting down; try again, another one will answer.', { retry_after_s: 1 })
    case 'too_large':
      throw problem('payload_too_large', `The reference image can not be used: ${fetched.why}`, { param })
    case 'refused':
      throw problem('invalid_value', `The reference image can not be used: ${fetched.why}`, { param })
  }
}
