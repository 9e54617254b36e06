import { formatSize } from '../../domain/order.ts'
import type { ProviderOrder } from '../provider.ts'
import type { Listed } from './answers.ts'
import type { Call } from './profile.ts'

/** What was ordered, as the list would show it. */
export interface Wanted {
  readonly model: string
  readonly prompt: string
  /** Of an extension whose answer is the whole: all of it. */
  readonly seconds: number
  readonly size: string
  readonly is_remix: boolean
  /** It begins from a clip: of this id, if the provider made that clip and we told it so. */
  readonly source: { readonly id: string | null } | null
}

export function wantedOf({ order, provider_model, source }: ProviderOrder, holds: Call['holds']): Wanted {
  const { operation, prompt, seconds } = order
  const all_s = source === null || operation === 'create' ? seconds : operation === 'extend' ? source.seconds + seconds : source.seconds
  return {
    model: provider_model,
    prompt,
    seconds: holds === 'tail' ? seconds : all_s,
    size: formatSize(order.size),
    is_remix: operation === 'remix',
    source: source === null ? null : { id: source.ref?.id ?? null },
  }
}

/** Whether a listed job is such an order; `'maybe'` when nothing that it says speaks against it, and not all that it should say speaks for it. */
export function isSame(job: Listed, wanted: Wanted): boolean | 'maybe' {
  const { source } = wanted
  if (job.id === source?.id) return false // the clip itself, which may have been ordered with the same words
  if (job.prompt !== null && job.prompt.trim() !== wanted.prompt.trim()) return false
  const fits = lineage(job, wanted)
  if (!fits) return false
  // The length of a clip is a fraction, and what a list shows of it is rounded as the provider likes. Orders differ by more.
  const off_s = job.seconds === null ? 0 : Math.abs(job.seconds - wanted.seconds)
  if (source === null ? off_s > 0 : off_s >= 1) return false
  const dated = job.model?.replace(/-\d{4}-\d{2}-\d{2}$/, '') // an alias may come back as the snapshot that it stands for
  const other_model = job.model !== null && job.model !== wanted.model && dated !== wanted.model
  const other_size = job.size !== null && job.size !== wanted.size
  // Model and size of a clip that is there already are the provider's to say; a difference is no proof that it is another order.
  if (other_model || other_size) return source === null ? false : 'maybe'
  return job.prompt === null ? 'maybe' : fits
}

/**
 * Whether a job that was named to us for this very order could be it. Relays rename models and spell sizes their own way: only words, length and
 * lineage speak against it.
 */
export function couldBe(job: Listed, wanted: Wanted): boolean {
  const { prompt, size, ...told } = job
  return (
    isSame({ ...told, prompt, size: size === null ? null : wanted.size, model: job.model === null ? null : wanted.model }, wanted) !== false
  )
}

/** A remix names what it was made of, where the list says so at all. What is no remix should name nothing; if it names its own clip, who knows. */
function lineage({ remixed_from }: Listed, { is_remix, source }: Wanted): boolean | 'maybe' {
  if (remixed_from === undefined) return true
  if (is_remix) return remixed_from === source?.id
  return remixed_from === null || (remixed_from === source?.id && 'maybe')
}
