// Draws one frame of each of these prompts into docs/contact-sheet.png: `npm run contact-sheet`. Look at it after every change of a scene.

import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createCanvas } from '@napi-rs/canvas'
import sharp from 'sharp'
import { FPS, RenderJob } from '../server/src/providers/animatic/job.ts'
import { openPicture } from '../server/src/providers/animatic/picture.ts'

export const PROMPTS = [
  'A wide aerial shot over misty mountains at sunrise',
  'A sailing boat on the ocean at sunset, slow push in',
  'Neon city street at night in the rain, a taxi drives by, tracking right',
  'A stag stands in a pine forest, fog, early morning',
  'A caravan of camels crosses desert dunes at golden hour',
  'A horse gallops across a flower meadow on a clear day, pan right',
  'Snow falling on alpine peaks and a lonely cabin, winter',
  'Aurora over a frozen lake, northern lights, a couple looking up',
  'An astronaut drifts above a ringed planet in outer space',
  'A school of fish over a coral reef, underwater, rays of light',
  'A cup of coffee by the window on a rainy evening, a cat on the floor',
  'A dog runs along the beach in the morning',
]

const [out = resolve(import.meta.dirname, '../docs/contact-sheet.png'), size = '1280x720', ...own] = process.argv.slice(2)
const [width = 1280, height = 720] = size.split('x').map(Number)
const prompts = own.length > 0 ? own : PROMPTS
const columns = width > height ? 3 : 6
const tile_width = Math.round(1440 / columns)
const tile_height = Math.round((tile_width * height) / width)
const sheet = createCanvas(columns * tile_width, Math.ceil(prompts.length / columns) * tile_height)
const context = sheet.getContext('2d')
context.imageSmoothingQuality = 'high'
for (const [i, prompt] of prompts.entries()) {
  const picture = await openPicture(RenderJob.parse({ prompt, width, height, seconds: 8, reference_path: null, out_path: '' }))
  picture.draw(Math.round(2.5 * FPS))
  context.drawImage(picture.canvas, (i % columns) * tile_width, Math.floor(i / columns) * tile_height, tile_width, tile_height)
}
writeFileSync(out, await sharp(sheet.toBuffer('image/png')).png({ palette: true, quality: 90, effort: 8 }).toBuffer())
console.log(out)
