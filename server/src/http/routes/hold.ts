import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import type { Owner } from '../../access/owner.ts'
import { problem } from '../../domain/problems.ts'
import type { HoldStatus } from '../../ledger/hold-status.ts'
import { id_field } from '../fields.ts'
import { isOperationId, showHold } from '../money.ts'
import { commitOnce } from '../once.ts'
import type { Circumstances } from '../route.ts'

export const hold_path = z.object({ id: id_field.meta({ description: "The hold's id." }) })

/** A hold of another service; a video's own hold is not to be had here. @throws Problem not_found */
export async function serviceHold({ services, now }: Circumstances, owner: Owner, id: string): Promise<HoldStatus> {
  const hold = isOperationId(id) ? await services.ledger.holdStatus(owner, id, now) : null
  if (hold === null || hold.purpose !== 'service') throw problem('not_found', 'There is no hold of this id.', { param: 'id' })
  return hold
}

/** Ends a hold: takes `captured` credits, returns the rest. Ended in just this way before, it is answered as it is. */
export async function finish(context: Circumstances & { readonly owner: Owner }, id: string, wish: (held: bigint) => bigint) {
  const { owner } = context
  const hold = await serviceHold(context, owner, id)
  const captured = wish(hold.credits)
  const now_is = async () => showHold(await serviceHold(context, owner, id))
  return commitOnce(
    context,
    scopeOf(owner),
    { kind: 'finish', op: hold.id, account: owner.account, captured, cause: captured > 0n ? 'completed' : 'customer', reason: null },
    hold.id,
    now_is,
    async (outcome) => {
      switch (outcome.outcome) {
        case 'committed':
          return now_is()
        case 'over_capture':
          throw problem('invalid_value', `\`credits\` must be at most ${outcome.held}, what is held.`, { param: 'credits' })
        case 'finished':
          if (outcome.by === (captured > 0n ? 'captured' : 'released') && outcome.captured === captured) return now_is()
          throw problem('hold_finished', `This hold has ended already: it was ${outcome.by}.`, {
            param: 'id',
            extra: { status: outcome.by, captured: Number(outcome.captured), released: Number(outcome.released) },
          })
        case 'not_found':
          throw problem('not_found', 'There is no hold of this id.', { param: 'id' })
        default:
          throw new Error(`the end of hold ${id} was answered with ${outcome.outcome}`)
      }
    },
  )
}
