import { Readable } from 'node:stream'
import { z } from 'zod'
import type { Owner } from '../../access/owner.ts'
import { problem } from '../../domain/problems.ts'
import { selectHold } from '../../videos/read.ts'
import { id_field, unix_seconds_text } from '../fields.ts'
import { ENTRY_KINDS, ledger_entry, showEntry } from '../money.ts'
import { listOf, page, page_query, paging } from '../page.ts'
import { type Known, route } from '../route.ts'
import type { Services } from '../services.ts'
import { named } from './customer.ts'

export const ledgerList = route({
  method: 'GET',
  path: '/v1/ledger',
  operation_id: 'listLedger',
  summary: 'Every change of the balance, newest first. `Accept: text/csv` answers all of it as a table.',
  tag: 'Money',
  caller: 'any',
  problems: ['customer_required', 'not_found'],
  query: page_query.extend({
    customer: id_field.optional().meta({ description: 'With an operator key: whose ledger.' }),
    video: id_field.optional(),
    hold: id_field.optional(),
    kind: z.enum(ENTRY_KINDS).optional(),
    from: unix_seconds_text.optional().meta({ type: 'integer', description: 'Unix seconds; included.' }),
    to: unix_seconds_text.optional().meta({ type: 'integer', description: 'Unix seconds; not included.' }),
  }),
  response: listOf(ledger_entry),
  media: { 'text/csv': 'The same as a table (RFC 4180), without pages.' },
  async handler({ services, caller, query, reply, header }) {
    const owner = await whose(services, caller, query.customer)
    const { kind, from, to } = query
    const filter = { hold: await holdAsked(services, owner, query), kind, from, to }
    if (/\btext\/csv\b/i.test(header('accept') ?? '')) {
      reply.header('content-disposition', 'attachment; filename="ledger.csv"').type('text/csv; charset=utf-8')
      return reply.send(Readable.from(services.ledger.entriesCsv(owner, filter)))
    }
    return page(await services.ledger.entries(owner, filter, paging(query)), query, showEntry)
  },
})

/** A video's entries are those of its hold. What is of no hold of the owner shows nothing. */
async function holdAsked(
  { videos }: Services,
  owner: Owner,
  { video, hold }: { readonly video?: string | undefined; readonly hold?: string | undefined },
): Promise<string | undefined> {
  if (video === undefined) return hold
  const of_video = await selectHold(videos.pool, owner, video)
  return of_video === null || (hold !== undefined && hold !== of_video) ? 'none' : of_video
}

/** Whose ledger a caller means, in words of the query's `customer`. @throws Problem not_found, customer_required */
export async function whose(services: Services, caller: Known, asked: string | undefined): Promise<Owner> {
  if (caller.kind === 'operator' && asked !== undefined) return named(services, caller.operator, asked, 'customer')
  if (caller.owner === null) {
    throw problem('customer_required', 'Say whose ledger: `?customer=ID`, or the header Filmgate-Customer.', { param: 'customer' })
  }
  if (asked !== undefined && asked !== caller.owner.customer)
    throw problem('not_found', 'There is no customer of this id.', { param: 'customer' })
  return caller.owner
}
