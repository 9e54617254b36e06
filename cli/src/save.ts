import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { EXIT, Failure, usage } from './exits.ts'
import type { Filmgate } from './gateway.ts'
import { quoted } from './settings.ts'
import type { World } from './world.ts'

export const VARIANTS = ['video', 'thumbnail', 'spritesheet'] as const
export type Variant = (typeof VARIANTS)[number]
const SUFFIX: Readonly<Record<Variant, string>> = { video: '.mp4', thumbnail: '.webp', spritesheet: '.jpg' }

/** Where a file goes: a folder gets `ID.mp4`. @throws Failure when something is there and may not be replaced */
export async function targetOf(
  out: string | undefined,
  id: string | null,
  variant: Variant,
  replace: boolean,
  { cwd }: Pick<World, 'cwd'>,
): Promise<string> {
  const path = resolve(cwd, out ?? '.')
  const is_folder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  // Its name in a folder is the id, which is not known before the order.
  if (is_folder && id === null) return path
  const target = is_folder ? join(path, `${id}${SUFFIX[variant]}`) : path
  const there = await stat(target).catch(() => null)
  if (there !== null && !replace) throw usage(`${target} is there already: name another with --out, or replace it with --force.`)
  const parent = await stat(join(target, '..')).catch(() => null)
  if (!parent?.isDirectory()) throw usage(`There is no folder ${join(target, '..')}: make it first.`)
  if (there === null && extname(target) === '' && !is_folder && out?.endsWith('/'))
    throw usage(`There is no folder ${target}: make it first.`)
  return target
}

export interface SaveOptions {
  readonly variant: Variant
  /** Goes on with a part that is there, if it is of the same file. */
  readonly resume: boolean
  readonly signal: AbortSignal
  on_bytes(done: number, total: number | null): void
}

/** What a part belongs to, beside it. */
interface PartNote {
  readonly id: string
  readonly variant: string
  readonly etag: string | null
}

/**
 * Brings a file here: into `PATH.part`, which becomes PATH when it is whole. What stays of an interrupted one is gone on with later.
 * @returns bytes of the whole file
 * @throws FilmgateError, or Failure when the length is another than announced
 */
export async function save(filmgate: Filmgate, id: string, path: string, options: SaveOptions): Promise<number> {
  const part = `${path}.part`
  const note = `${part}.json`
  const kept = options.resume ? await keptPart(part, note, id, options.variant) : null
  const asked = { variant: options.variant, signal: options.signal }
  const content = await filmgate.videos
    .content(id, { ...asked, ...(kept !== null && { from_byte: kept.bytes, ...(kept.etag !== null && { etag: kept.etag }) }) })
    .catch((error: unknown) => {
      // The part was whole already, or of another file: there is nothing beyond it.
      if (kept === null || !(error instanceof Error && 'code' in error && error.code === 'range_not_satisfiable')) throw error
      return filmgate.videos.content(id, asked)
    })
  const told: PartNote = { id, variant: options.variant, etag: content.etag }
  await writeFile(note, JSON.stringify(told)).catch((error: unknown) => {
    throw cannotWrite(note, error)
  })
  // A new file, not the old one emptied: another run may be writing there.
  if (content.from_byte === 0) await rm(part, { force: true })
  const file = await open(part, content.from_byte > 0 ? 'r+' : 'w').catch((error: unknown) => {
    throw cannotWrite(part, error)
  })
  let at = content.from_byte
  try {
    await file.truncate(at)
    options.on_bytes(at, content.total_bytes)
    for await (const chunk of content.stream) {
      // A disk that is nearly full takes a part of it, and says so only by the count.
      for (let done = 0; done < chunk.byteLength; ) {
        const { bytesWritten } = await file.write(chunk, done, chunk.byteLength - done, at).catch((error: unknown) => {
          throw cannotWrite(part, error)
        })
        done += bytesWritten
        at += bytesWritten
      }
      options.on_bytes(at, content.total_bytes)
    }
    await file.sync().catch((error: unknown) => {
      throw cannotWrite(part, error)
    })
    const { ino } = await file.stat()
    // A run that shares this order saved the same bytes, in the same file, a moment before.
    if ((await stat(path).catch(() => null))?.ino === ino) return at
    await refuseTakenOver(ino, part, path)
  } finally {
    await file.close()
  }
  if (content.total_bytes !== null && at !== content.total_bytes) {
    throw new Failure(EXIT.network, {
      code: 'incomplete',
      message: `The download ended after ${at} of ${content.total_bytes} bytes; filmgate download ${id} --out ${quoted(path)} --resume goes on there.`,
    })
  }
  await rename(part, path).catch((error: unknown) => {
    throw cannotWrite(path, error)
  })
  await rm(note, { force: true })
  return at
}

/** What was written here must be what gets the name: another run that saves the same file began anew meanwhile. @throws Failure */
async function refuseTakenOver(ino: number, part: string, path: string): Promise<void> {
  const there = await stat(part).catch(() => null)
  if (there?.ino === ino) return
  throw new Failure(EXIT.unexpected, {
    code: 'not_written',
    message: `Another run of filmgate saves ${path} at the same time. The clip is kept by the gateway: download it to another file.`,
  })
}

async function keptPart(
  part: string,
  note: string,
  id: string,
  variant: Variant,
): Promise<{ readonly bytes: number; readonly etag: string | null } | null> {
  const [found, text] = await Promise.all([stat(part).catch(() => null), readFile(note, 'utf8').catch(() => null)])
  if (found === null || text === null || found.size === 0) return null
  try {
    const told: unknown = JSON.parse(text)
    if (typeof told !== 'object' || told === null || !('id' in told) || !('variant' in told) || !('etag' in told)) return null
    if (told.id !== id || told.variant !== variant) return null
    return { bytes: found.size, etag: typeof told.etag === 'string' ? told.etag : null }
  } catch {
    return null
  }
}

function cannotWrite(path: string, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? error.code : null
  const why = code === 'ENOSPC' ? 'the disk is full' : code === 'EACCES' || code === 'EROFS' ? 'it may not be written' : String(error)
  return new Failure(EXIT.unexpected, {
    code: 'not_written',
    message: `${path}: ${why}. The clip is kept by the gateway; download it again when that is mended.`,
  })
}
