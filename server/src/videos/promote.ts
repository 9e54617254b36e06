import type { Owner } from '../access/owner.ts'
import { type Complexity, formatSize, type Order, type Size } from '../domain/order.ts'
import { problem } from '../domain/problems.ts'
import type { Rider } from '../ledger/operation.ts'
import type { RiderRegistry } from '../ledger/riders.ts'
import { notFound } from './cancel.ts'
import type { Parts } from './parts.ts'
import { type Draft, markFinals, selectDrafts } from './promote-queries.ts'
import type { Ordered } from './submit.ts'

// A draft is a video that was made small; its final is made from the same order at other settings, by the same way as every order.

export const DRAFTS_MAX = 100

const KIND = 'videos.final'

/** The mark of a final; nothing for all others. */
export function finalRiders(drafts: readonly string[]): Rider[] {
  return drafts.length > 0 ? [{ kind: KIND, row: { drafts } }] : []
}

/** Registered after the rider that inserts videos. */
export function registerFinalRider(registry: RiderRegistry): void {
  registry.register({ kind: KIND, stage: 'row', run: markFinals })
}

/** What the final is told; null: as the draft has it. */
export interface Settings {
  readonly prompt: string | null
  readonly model: string | null
  readonly size: Size | null
  readonly seconds: number | null
  readonly complexity: Complexity | null
  /** It brings a first frame of its own. */
  readonly has_reference: boolean
  /** Tries beside the chosen one, as the caller names them. */
  readonly drafts: readonly string[]
  /** Tries beside it that are known already; they may have been deleted since: what they cost stays. */
  readonly siblings: readonly string[]
}

/**
 * The order of a draft's final: prompt, model, length, first frame and characters are the draft's unless told otherwise.
 * @throws Problem not_found, missing_required_parameter for neither size nor model, invalid_value for a draft that can not be promoted
 */
export async function finalOf(parts: Parts, owner: Owner, id: string, told: Settings): Promise<Ordered> {
  if (told.size === null && told.model === null) {
    throw problem('missing_required_parameter', 'Say how the final is to be made: its `size`, such as "1920x1080", or another `model`.', {
      param: 'size',
    })
  }
  const names = [...new Set([id, ...told.drafts])]
  const found = await selectDrafts(parts.pool, owner, names)
  const draft = found.find((one) => one.id === id)
  if (draft === undefined) throw notFound(id)
  const missing = names.find((name) => !found.some((one) => one.id === name))
  if (missing !== undefined)
    throw problem('not_found', `There is no video with the id '${missing}'.`, { param: `drafts[${told.drafts.indexOf(missing)}]` })
  if (draft.operation !== 'create') {
    throw problem(
      'invalid_value',
      `Video '${id}' begins from another clip (${draft.operation}): only what was ordered by a prompt is promoted.`,
      {
        param: 'video_id',
      },
    )
  }
  const size = told.size ?? draft
  const keeps_reference = draft.reference_key !== null && !told.has_reference
  if (keeps_reference && (size.width !== draft.width || size.height !== draft.height)) {
    throw problem(
      'invalid_value',
      `The draft began from a picture of ${formatSize(draft)}, and the final needs one of ${formatSize(size)}: send it as \`input_reference\`.`,
      { param: 'input_reference' },
    )
  }
  return {
    order: orderOf(draft, size, told, keeps_reference),
    source: null,
    characters: draft.characters,
    drafts: [...new Set([...names, ...told.siblings])].slice(0, DRAFTS_MAX),
    ...(keeps_reference ? { reference: () => firstFrame(parts, draft) } : {}),
  }
}

function orderOf(draft: Draft, { width, height }: Size, told: Settings, keeps_reference: boolean): Order {
  return {
    operation: 'create',
    model: told.model ?? draft.model,
    prompt: told.prompt ?? draft.prompt,
    seconds: told.seconds ?? draft.seconds,
    size: { width, height },
    has_reference: told.has_reference || keeps_reference,
    has_characters: draft.characters.length > 0,
    source: null,
    complexity: told.complexity ?? draft.complexity,
  }
}

async function firstFrame(parts: Parts, { id, reference_key }: Draft): Promise<Uint8Array> {
  const kept = reference_key === null ? null : await parts.store.open(reference_key)
  if (kept === null) {
    throw problem('content_expired', `The picture of video '${id}' is not kept any more: send it as \`input_reference\`.`, {
      param: 'input_reference',
    })
  }
  return new Uint8Array(await new Response(kept.stream).arrayBuffer())
}
