import { formatSize } from '../../domain/order.ts'
import { postOf } from '../exchange.ts'
import type { ProviderOrder, ProviderRef } from '../provider.ts'
import { type Unsayable, unsayable, type Written } from '../submit-once.ts'
import { type Part, writeForm } from './multipart.ts'
import type { Call, Profile, Said } from './profile.ts'

/** An order in the words of a profile. */
export interface Worded extends Written {
  readonly call: Call
  /** The clip that it begins from, where it goes by the provider's own id. */
  readonly by_id: ProviderRef | null
}

/** Writes an order as this profile wants it. Opens the clip of an upload last. @throws when a picture or a clip cannot be read */
export async function writeOrder(profile: Profile, ordered: ProviderOrder): Promise<Worded | Unsayable> {
  const { order, source, characters, reference, callback_url } = ordered
  const call = profile.calls[order.operation]
  if (call === undefined) return unsayable(`This provider cannot ${order.operation}.`)
  if (characters.length > 0 && !call.characters) return unsayable('This provider takes no characters here.')
  const by_id = call.clip.by_id === null ? null : (source?.ref ?? null)
  if (order.operation !== 'create' && by_id === null && (source === null || !call.clip.upload))
    return unsayable(`This provider can ${order.operation} only what it made itself.`)
  const upload = by_id === null && call.clip.upload ? source : null
  const callback = profile.callback_field === null || callback_url === null ? {} : { [profile.callback_field]: callback_url }
  const said = valuesOf(profile, ordered, upload === null ? call.says : [...call.says, ...call.clip.says_with_upload])
  const values = { ...said, ...callback }
  const path = call.path.replace('{source}', encodeURIComponent(by_id?.id ?? ''))
  const named = { outcome: 'written', path, call, by_id } as const
  const has_file = upload !== null || reference !== null
  if (call.encoding === 'json' || (call.encoding === 'json_without_file' && !has_file)) {
    const seconds = 'seconds' in values && profile.seconds === 'number' ? { seconds: order.seconds } : {}
    const clip = by_id !== null && call.clip.by_id === 'field' ? { [profile.clip_field]: { id: by_id.id } } : {}
    const cast = characters.length === 0 ? {} : { characters: characters.map(({ ref }) => ({ id: ref.id })) }
    return { ...named, request: postOf({ ...values, ...seconds, ...clip, ...cast }) }
  }
  const parts: Part[] = Object.entries(values).map(([name, text]) => ({ name, text }))
  if (by_id !== null && call.clip.by_id === 'field') parts.push({ name: `${profile.clip_field}[id]`, text: by_id.id })
  for (const { ref } of characters) parts.push({ name: 'characters[][id]', text: ref.id })
  if (reference !== null) parts.push(pictureOf(profile.reference_field, await reference()))
  if (upload !== null) parts.push(clipOf(profile.clip_field, await upload.open(), upload.bytes))
  const { headers, body, discard } = writeForm(parts)
  return { ...named, request: { method: 'POST', headers, body }, discard }
}

/** Makes a character known. How long its clip is, nobody said: such a form has no length. */
export function writeCharacter(profile: Profile, name: string, clip: ReadableStream<Uint8Array>) {
  return writeForm([{ name: 'name', text: name }, clipOf(profile.clip_field, clip, null)])
}

function valuesOf(
  { names }: Pick<Profile, 'names'>,
  { order, provider_model }: ProviderOrder,
  says: readonly Said[],
): Readonly<Record<string, string>> {
  const { prompt, seconds, size } = order
  const resolution = `${Math.min(size.width, size.height)}p`
  const all = { model: names[provider_model] ?? provider_model, prompt, seconds: String(seconds), size: formatSize(size), resolution }
  return Object.fromEntries(says.map((name) => [name, all[name]]))
}

function clipOf(name: string, content: ReadableStream<Uint8Array>, bytes: number | null): Part {
  return { name, filename: 'clip.mp4', type: 'video/mp4', content, bytes }
}

function pictureOf(name: string, content: Uint8Array): Part {
  const type = content[0] === 0xff ? 'image/jpeg' : content[0] === 0x89 ? 'image/png' : 'image/webp'
  return { name, filename: 'reference', type, content }
}
