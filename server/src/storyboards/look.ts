import type { Owner } from '../access/owner.ts'
import { listItems } from '../batches/queries.ts'
import { type Problem, problem } from '../domain/problems.ts'
import type { Parts } from '../videos/parts.ts'
import { selectDrafts } from '../videos/promote-queries.ts'
import { selectShot, selectShots, selectStoryboard } from './queries.ts'
import { SHOTS_MAX, type Shot, type StandingShot, type Storyboard, type Take } from './storyboard.ts'

export interface Board extends Omit<Storyboard, 'shots'> {
  readonly shots: readonly StandingShot[]
}

/** A storyboard with what became of all its videos. @throws Problem not_found */
export async function lookAt(parts: Pick<Parts, 'pool'>, owner: Owner, id: string): Promise<Board> {
  const [board, shots] = await Promise.all([selectStoryboard(parts.pool, owner, id), selectShots(parts.pool, owner, id)])
  if (board === null) throw noStoryboard(id)
  return { ...board, shots: await standing(parts, owner, shots) }
}

export function noStoryboard(id: string): Problem {
  return problem('not_found', `There is no storyboard with the id '${id}'.`, { param: 'storyboard_id' })
}

/** Shots with what became of their videos. */
export async function standing({ pool }: Pick<Parts, 'pool'>, owner: Owner, shots: readonly Shot[]): Promise<readonly StandingShot[]> {
  const batches = [...new Set(shots.flatMap(({ batch }) => batch ?? []))]
  const items = new Map(
    await Promise.all(
      batches.map(async (batch) => [batch, await listItems(pool, owner, batch, { after: -1, limit: SHOTS_MAX, state: null })] as const),
    ),
  )
  const itemOf = ({ batch, batch_item }: Shot) => items.get(batch ?? '')?.find(({ no }) => no === batch_item) ?? null
  const named = shots.flatMap((shot) => [shot.preview, shot.final, itemOf(shot)?.video ?? null, ...shot.drafts])
  const found = await selectDrafts(pool, owner, [...new Set(named.flatMap((video) => video ?? []))])
  const takes = new Map(found.map(({ id, state }): [string, Take] => [id, { video: id, state }]))
  const take = (video: string | null | undefined): Take | null => takes.get(video ?? '') ?? null
  const isGone = (video: string | null | undefined) => typeof video === 'string' && !takes.has(video)
  return shots.map((shot) => ({
    ...shot,
    preview_take: take(shot.preview),
    draft_takes: shot.drafts.flatMap((video) => take(video) ?? []),
    final_take: take(shot.final ?? itemOf(shot)?.video),
    item_state: isGone(itemOf(shot)?.video) ? null : (itemOf(shot)?.state ?? null),
  }))
}

/** One shot alone: pictures of the others are not read. @throws Problem not_found */
export async function lookAtShot(parts: Pick<Parts, 'pool'>, owner: Owner, id: string, no: number): Promise<StandingShot> {
  const [board, row] = await Promise.all([selectStoryboard(parts.pool, owner, id), selectShot(parts.pool, owner, id, no)])
  if (board === null) throw noStoryboard(id)
  const [shot] = row === null ? [] : await standing(parts, owner, [row])
  if (shot === undefined) {
    throw problem('not_found', `Storyboard '${id}' has no shot ${no}; they are counted from 0 to ${board.shots - 1}.`, { param: 'index' })
  }
  return shot
}
