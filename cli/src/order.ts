import { readFileSync, statSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import type { Body } from '@filmgate/client'
import type { Flags, Given } from './command.ts'
import { usage } from './exits.ts'
import type { World } from './world.ts'

/** Flags that say what is ordered: of `quote`, `generate` and whatever else makes a create body. */
export const ORDER_FLAGS = {
  model: { short: 'm', takes: 'MODEL', says: 'Model to ask for; sora-2 unless given' },
  seconds: { short: 's', takes: 'N', whole: [0, 999_999], says: 'Length of the clip; the shortest that is sold unless given' },
  size: { takes: 'WxH', says: 'Width and height, like 1280x720' },
  image: { takes: 'FILE', file: true, says: 'Picture to begin with: a jpeg, png or webp of exactly the size, or an https address' },
  route: { takes: 'ROUTE', says: 'cheapest (default), fastest, best_value, or the name of a provider or route' },
  provider: { takes: 'NAME', many: true, says: 'Only by this provider' },
  region: { takes: 'NAME', many: true, says: 'Only in this region' },
  mapping: { takes: 'HOW', choices: ['exact', 'nearest'], says: 'Whether a longer or larger clip may be cut to the order' },
  lane: { takes: 'LANE', choices: ['standard', 'relaxed'], says: 'relaxed: free and slow, where the plan has it' },
  complexity: { takes: 'KIND', choices: ['standard', 'complex', 'very_complex'], says: 'A surcharge of some cards' },
} as const satisfies Flags

export type OrderBody = Body<'/v1/videos', 'post'>
type OrderFlags = Given<Record<never, never>, typeof ORDER_FLAGS>['flags']

/** The body that these flags order; a member that was not asked for is left to the gateway. */
export function orderBody(prompt: string, flags: OrderFlags, world: Pick<World, 'cwd'>): OrderBody {
  if (prompt.trim() === '') throw usage('The prompt is empty: say what the clip shows.')
  const { model, seconds, size, route, mapping, lane, complexity, provider, region, image } = flags
  return {
    prompt,
    ...(model !== undefined && { model }),
    ...(seconds !== undefined && { seconds: String(seconds) }),
    ...(size !== undefined && { size }),
    ...(route !== undefined && { route }),
    ...(provider.length > 0 && { providers: [...provider] }),
    ...(region.length > 0 && { regions: [...region] }),
    ...(mapping !== undefined && { mapping }),
    ...(lane !== undefined && { lane }),
    ...(complexity !== undefined && { complexity }),
    ...(image !== undefined && { input_reference: { image_url: imageUrl(image, world) } }),
  }
}

const IMAGE_TYPES: Readonly<Record<string, string>> = { '.jpg': 'jpeg', '.jpeg': 'jpeg', '.png': 'png', '.webp': 'webp' }
/** What fits into a request as text; the gateway itself takes larger files by multipart. */
const IMAGE_BYTES_MAX = 15 * 1024 * 1024

function imageUrl(image: string, { cwd }: Pick<World, 'cwd'>): string {
  if (/^https?:\/\//.test(image)) return image
  const path = resolve(cwd, image)
  const type = IMAGE_TYPES[extname(path).toLowerCase()]
  if (type === undefined) throw usage(`--image ${image}: it takes a .jpg, .png or .webp file, or an https address.`)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw usage(`--image ${image}: there is no such file.`)
  if (!found.isFile()) throw usage(`--image ${image}: it is a folder.`)
  if (found.size > IMAGE_BYTES_MAX) throw usage(`--image ${image}: it has ${found.size} bytes; ${IMAGE_BYTES_MAX} are the most.`)
  return `data:image/${type};base64,${readFileSync(path).toString('base64')}`
}

/** What stands in quotes on the command line, or in a file, or comes in by a pipe. */
export async function promptFrom(word: string | undefined, file: string | undefined, world: Pick<World, 'cwd' | 'stdin'>): Promise<string> {
  if (word !== undefined && file !== undefined) throw usage('There are two prompts: a word and --prompt-file; give one.')
  if (word !== undefined && word !== '-') return word
  if (word === '-' || file === '-') return (await world.stdin.read()).trim()
  if (file === undefined) throw usage('PROMPT is missing: what the clip shows, in quotes.')
  const path = resolve(world.cwd, file)
  try {
    // It takes away a byte order mark, and refuses what would otherwise be ordered with letters replaced.
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)).trim()
  } catch (error) {
    if (error instanceof TypeError) throw usage(`--prompt-file ${file}: it is not UTF-8 text; save it as UTF-8.`)
    throw usage(`--prompt-file ${file}: it can not be read.`)
  }
}
