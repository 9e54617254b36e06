import { Refusal } from '../answer.ts'
import { type Fields, memberOf, textOf, Upload } from './fields.ts'
import { type Job, type Ordered, type Source, secondsOf, standing } from './job.ts'
import { probe } from './mp4.ts'

/** What a remix, an edit or an extension begins from, and what it takes over from it. */
export interface Begun {
  readonly source: Source
  readonly told: NonNullable<Ordered['source']>
  /** Null: an upload says none. */
  readonly model: string | null
  readonly size: string
}

/** By id or by upload. @throws Refusal when it is neither, unknown, unfinished or no video */
export function begun(jobs: ReadonlyMap<string, Job>, { values }: Fields, now: number): Begun {
  const { video } = values
  if (video instanceof Upload) return uploaded(video.bytes)
  const id = memberOf(video, 'id')
  if (id === null) throw new Refusal(400, 'missing_required_parameter', "Missing required parameter: 'video'.")
  return finished(jobs, id, now)
}

/** A video of this server, which must have been completed. */
export function finished(jobs: ReadonlyMap<string, Job>, id: string, now: number): Begun {
  const job = jobs.get(id)
  if (job === undefined) throw new Refusal(404, 'not_found', `Video with id '${id}' not found.`)
  if (standing(job, now).status !== 'completed') throw new Refusal(400, 'invalid_value', `Video '${id}' is not completed.`)
  const { model, size } = job.ordered
  return { source: { job }, told: { id, seconds: secondsOf(job.ordered), bytes: 0 }, model, size }
}

function uploaded(bytes: Uint8Array): Begun {
  const clip = probe(bytes)
  if (clip === null) throw new Refusal(400, 'invalid_value', 'The uploaded file is not an MP4 video.')
  // Sold by whole seconds; the sound of a clip may outlast its pictures by a little.
  const told = { id: null, seconds: Math.max(1, Math.round(clip.seconds)), bytes: bytes.byteLength }
  return { source: { upload: bytes }, told, model: null, size: `${clip.width}x${clip.height}` }
}

export interface Character {
  readonly id: string
  readonly name: string
  readonly created_at: number
}

/** @throws Refusal unless there is a name, and a clip of 2 to 4 seconds */
export function readCharacter({ encoding, values }: Fields, id: string, now: number): Character {
  if (encoding !== 'form') throw new Refusal(400, 'invalid_value', 'A character is uploaded as multipart/form-data.')
  const name = textOf(values, 'name') ?? ''
  if (name.length < 1 || name.length > 80) throw new Refusal(400, 'invalid_value', "'name' has 1 to 80 characters.")
  const { video } = values
  const clip = video instanceof Upload ? probe(video.bytes) : null
  if (clip === null) throw new Refusal(400, 'invalid_value', "'video' is an MP4 file.")
  if (clip.seconds < 1.9 || clip.seconds > 4.1) throw new Refusal(400, 'invalid_value', 'The video of a character lasts 2 to 4 seconds.')
  return { id, name, created_at: Math.floor(now / 1000) }
}

/** The characters of a create: at most two, known, and named in the prompt. @throws Refusal */
export function readCast({ values }: Fields, known: ReadonlyMap<string, Character>, prompt: string): readonly string[] {
  const { characters = [] } = values
  if (!Array.isArray(characters) || characters.length > 2) throw new Refusal(400, 'invalid_value', "'characters' holds at most two.")
  return characters.map((member: unknown) => {
    const id = memberOf(member, 'id') ?? ''
    const character = known.get(id)
    if (character === undefined) throw new Refusal(404, 'not_found', `Character with id '${id}' not found.`)
    if (!prompt.includes(character.name)) throw new Refusal(400, 'invalid_value', `The prompt does not name ${character.name}.`)
    return id
  })
}
