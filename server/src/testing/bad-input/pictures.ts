import sharp from 'sharp'
import { type BadInput, blackPng, dataUrl, END, FORM, filePart, ORDER, orderForm } from './case.ts'

const MIB = 1024 ** 2
const right = blackPng(1280, 720)
const largest = blackPng(50_000, 50_000)
const noise = Buffer.from(Uint8Array.from({ length: 4096 }, (_, index) => (index * 2_654_435_761) >>> 24))
const gif = await sharp(blackPng(1280, 720)).gif().toBuffer()
const webp = await sharp(blackPng(1280, 720)).webp().toBuffer()
const jpeg = await sharp(blackPng(1280, 720)).jpeg().toBuffer()
const svg = Buffer.from(
  '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720"><rect width="99" height="99"/></svg>',
)
const frames = ['navy', 'teal'].map((background) => ({ create: { width: 1280, height: 720, channels: 3 as const, background } }))
const [dark, light] = await Promise.all(frames.map((frame) => sharp(frame).png().toBuffer()))
const animated =
  dark && light
    ? await sharp([dark, light], { join: { animated: true } })
        .webp()
        .toBuffer()
    : noise

type Picture = readonly [what: string, bytes: () => Buffer, says?: RegExp]

const PICTURES: readonly Picture[] = [
  ['a picture one pixel too narrow', () => blackPng(1279, 720), /1280x720/],
  ['a picture that stands instead of lying', () => blackPng(720, 1280), /720x1280.*1280x720/],
  ['noise', () => noise, /PNG/],
  ['text', () => Buffer.from('hello'), /PNG/],
  ['a single byte', () => Buffer.from([0xff])],
  ['a GIF', () => gif, /GIF/],
  ['an SVG', () => svg, /SVG/],
  ['a web page', () => Buffer.from('<!doctype html><title>404</title>'), /web page/],
  ['a PDF', () => Buffer.from('%PDF-1.7\n'), /PNG/],
  ['half a PNG', () => right.subarray(0, right.length >> 1), /damaged|read/],
  ['half a JPEG', () => jpeg.subarray(0, jpeg.length >> 1), /damaged|read/],
  ['half a WebP', () => webp.subarray(0, webp.length >> 1), /damaged|read/],
  ['the signature of a PNG and nothing else', () => right.subarray(0, 8)],
  ['a PNG whose data is noise', () => Buffer.concat([right.subarray(0, 41), noise, right.subarray(right.length - 12)])],
  ['a PNG that says it is a JPEG inside', () => Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), right])],
  ['an animated WebP', () => animated, /animated/],
  ['a tiny PNG of 50,000 x 50,000 that is ordered at another size', () => largest],
]

/** The same when the order's own size agrees with the bomb: no such size is sold, and nothing is unpacked to find out. */
const BOMBS: readonly (readonly [what: string, size: string, bytes: () => Buffer])[] = [
  ['a bomb of 7000x7000 in the size that was ordered', '7000x7000', () => blackPng(7000, 7000)],
  ['a bomb of 50000x50000 in the size that was ordered', '50000x50000', () => largest],
]

const path = '/v1/videos'
const post = { method: 'POST', path, as: 'owner' } as const

export const BAD_PICTURES: readonly BadInput[] = [
  ...PICTURES.flatMap(([what, bytes, says]): BadInput[] => [
    {
      ...post,
      what: `${what} (file)`,
      headers: FORM,
      raw: () => orderForm({ ...ORDER }, filePart('input_reference', bytes())),
      code: 'invalid_value',
      param: 'input_reference',
      ...(says ? { says } : {}),
    },
    {
      ...post,
      what: `${what} (data: URL)`,
      raw: () => JSON.stringify({ ...ORDER, input_reference: { image_url: dataUrl(bytes()) } }),
      code: 'invalid_value',
      param: 'input_reference.image_url',
      ...(says ? { says } : {}),
    },
  ]),
  ...BOMBS.flatMap(([what, size, bytes]): BadInput[] => [
    {
      ...post,
      what: `${what} (file)`,
      headers: FORM,
      raw: () => orderForm({ ...ORDER, size }, filePart('input_reference', bytes())),
      code: 'unsupported_size',
      param: 'size',
    },
    {
      ...post,
      what: `${what} (data: URL)`,
      raw: () => JSON.stringify({ ...ORDER, size, input_reference: { image_url: dataUrl(bytes()) } }),
      code: 'unsupported_size',
      param: 'size',
    },
  ]),
  {
    ...post,
    what: 'an empty file with a name',
    headers: FORM,
    raw: () => orderForm({ ...ORDER }, filePart('input_reference', Buffer.alloc(0))),
    code: 'invalid_value',
    param: 'input_reference',
    says: /empty/,
  },
  {
    ...post,
    what: 'a GIF under a lying name and type',
    headers: FORM,
    raw: () => orderForm({ ...ORDER }, filePart('input_reference', gif, '../../etc/first.png', 'image/png')),
    code: 'invalid_value',
    param: 'input_reference',
    says: /GIF/,
  },
  {
    ...post,
    what: 'a picture over 25 MiB',
    headers: FORM,
    raw: () => orderForm({ ...ORDER }, filePart('input_reference', Buffer.alloc(25 * MIB + 1, right))),
    code: 'payload_too_large',
    param: 'input_reference',
    says: /25 MiB/,
  },
  {
    ...post,
    what: 'an upload of 30 MB',
    headers: FORM,
    raw: () => orderForm({ ...ORDER }, filePart('input_reference', Buffer.alloc(30_000_000, right))),
    code: 'payload_too_large',
    param: 'input_reference',
  },
  {
    ...post,
    what: 'an upload of 90 MB',
    headers: FORM,
    raw: () => orderForm({ ...ORDER }, filePart('input_reference', Buffer.alloc(90_000_000))),
    code: 'payload_too_large',
    param: null,
  },
  {
    ...post,
    what: 'two first frames',
    headers: FORM,
    raw: () => orderForm({ ...ORDER }, filePart('input_reference', right), filePart('input_reference', right)),
    code: 'invalid_value',
    param: 'input_reference',
    says: /twice/,
  },
  {
    ...post,
    what: 'a file where the prompt should be',
    headers: FORM,
    raw: () => orderForm({ seconds: '4', size: '1280x720' }, filePart('prompt', Buffer.from('a boat'), 'p.txt')),
    code: 'invalid_value',
    param: 'prompt',
    says: /a file/,
  },
  {
    ...post,
    what: 'a right picture and a wrong length',
    headers: FORM,
    raw: () => orderForm({ ...ORDER, seconds: '7' }, filePart('input_reference', right)),
    code: 'unsupported_duration',
    param: 'seconds',
  },
  {
    ...post,
    what: 'a right picture and a right order without credits',
    as: 'poor',
    headers: FORM,
    raw: () => orderForm({ ...ORDER }, filePart('input_reference', right)),
    code: 'insufficient_credits',
    param: null,
  },
  {
    ...post,
    what: 'a right picture above max_credits',
    headers: FORM,
    raw: () => orderForm({ ...ORDER, max_credits: '1' }, filePart('input_reference', right)),
    code: 'price_above_limit',
    param: 'max_credits',
  },
  {
    ...post,
    what: 'a right picture with a used quote',
    raw: () => JSON.stringify({ ...ORDER, quote: '<used_quote>', input_reference: { image_url: dataUrl(right) } }),
    code: 'quote_used',
    param: 'quote',
  },
  {
    ...post,
    what: 'a form that ends within its picture',
    headers: FORM,
    raw: () => orderForm({ ...ORDER }, filePart('input_reference', right).subarray(0, 400)).subarray(0, -END.length - 10),
    code: 'invalid_value',
    param: null,
  },
  {
    ...post,
    what: 'an address of 20 million characters that is no picture',
    raw: () => JSON.stringify({ ...ORDER, input_reference: { image_url: `data:image/png;base64,${'A'.repeat(20_000_000)}` } }),
    code: 'invalid_value',
    param: 'input_reference.image_url',
  },
  {
    ...post,
    what: 'an address of 20 million characters that breaks at its end',
    raw: () => JSON.stringify({ ...ORDER, input_reference: { image_url: `data:image/png;base64,${'A'.repeat(20_000_000)}*` } }),
    code: 'invalid_value',
    param: 'input_reference.image_url',
  },
  {
    ...post,
    what: 'an address of 20 million characters without a comma',
    raw: () => JSON.stringify({ ...ORDER, input_reference: { image_url: `data:${';base64'.repeat(2_850_000)}` } }),
    code: 'invalid_value',
    param: 'input_reference.image_url',
  },
  {
    ...post,
    what: 'an address of 22 million characters',
    raw: () => JSON.stringify({ ...ORDER, input_reference: { image_url: `data:image/png;base64,${'A'.repeat(22_000_000)}` } }),
    code: 'invalid_value',
    param: 'input_reference.image_url',
  },
]
