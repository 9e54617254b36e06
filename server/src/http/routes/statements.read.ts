import { Readable } from 'node:stream'
import { z } from 'zod'
import { readCustomer } from '../../access/customers.ts'
import { creditsToJson } from '../../domain/credits.ts'
import { isPeriod, periodOf } from '../../domain/period.ts'
import { unixSeconds } from '../../domain/time.ts'
import type { StatementLine } from '../../ledger/statement.ts'
import { credits_shown, id_field } from '../fields.ts'
import { ENTRY_KINDS } from '../money.ts'
import { list, listOf, page_query } from '../page.ts'
import { route } from '../route.ts'
import { whose } from './ledger.list.ts'

const statement_line = z
  .object({
    object: z.literal('statement_line'),
    id: z.string(),
    at: z.int(),
    ended_at: z.int().meta({ description: 'Of its last entry in the period.' }),
    kind: z.enum(['video', 'service', ...ENTRY_KINDS]),
    video: z.string().nullable(),
    hold: z.string().nullable(),
    given: credits_shown,
    held: credits_shown,
    charged: credits_shown,
    returned: credits_shown.meta({ description: 'What came back when the hold ended.' }),
    refunded: credits_shown,
    expired: credits_shown,
    credits: credits_shown.meta({ description: 'Change of what is available, all together.' }),
    reason: z.string().nullable(),
  })
  .meta({ id: 'StatementLine' })

function showLine({ at, ended_at, given, held, charged, returned, refunded, expired, credits, ...line }: StatementLine) {
  return {
    object: 'statement_line' as const,
    ...line,
    at: unixSeconds(at),
    ended_at: unixSeconds(ended_at),
    given: creditsToJson(given),
    held: creditsToJson(held),
    charged: creditsToJson(charged),
    returned: creditsToJson(returned),
    refunded: creditsToJson(refunded),
    expired: creditsToJson(expired),
    credits: creditsToJson(credits),
  }
}

export const statementRead = route({
  method: 'GET',
  path: '/v1/statements/{period}',
  operation_id: 'readStatement',
  summary:
    'What a month or a year did to the balance: opening, every order and grant, closing. `Accept: text/csv` answers all lines as a table.',
  description:
    "Months and years are those of the customer's time zone. `opening` plus the `credits` of all totals, or of all lines, is `closing`. A period that is not over yet is shown as far as it has come.",
  tag: 'Money',
  caller: 'any',
  problems: ['customer_required', 'not_found'],
  params: z.object({
    period: z
      .string()
      .refine(isPeriod, { error: 'must be a month such as "2026-03" or a year such as "2026"' })
      .meta({ type: 'string', examples: ['2026-03', '2026'] }),
  }),
  query: page_query.omit({ order: true }).extend({
    customer: id_field.optional().meta({ description: 'With an operator key: whose statement.' }),
  }),
  response: z
    .object({
      object: z.literal('statement'),
      customer: z.string(),
      period: z.string(),
      time_zone: z.string(),
      from: z.int(),
      to: z.int().meta({ description: 'Not included.' }),
      opening: credits_shown,
      closing: credits_shown,
      charged: credits_shown.meta({ description: 'Captured less refunded.' }),
      totals: z.array(
        z.object({
          kind: z.enum(ENTRY_KINDS),
          entries: z.int(),
          amount: credits_shown.meta({ description: 'What the entries moved.' }),
          credits: credits_shown.meta({ description: 'What that did to the balance.' }),
        }),
      ),
      lines: listOf(statement_line).meta({ description: 'Oldest first; `after` and `limit` page through them.' }),
    })
    .meta({ id: 'Statement' }),
  media: { 'text/csv': 'All lines as a table (RFC 4180), between an opening and a closing line.' },
  async handler({ services, caller, params, query, reply, header }) {
    const owner = await whose(services, caller, query.customer)
    const { time_zone } = await readCustomer(services.pool, owner)
    const period = periodOf(params.period, time_zone)
    if (/\btext\/csv\b/i.test(header('accept') ?? '')) {
      reply.header('content-disposition', `attachment; filename="statement-${params.period}.csv"`).type('text/csv; charset=utf-8')
      return reply.send(Readable.from(services.ledger.statementCsv(owner, period, time_zone)))
    }
    const shown = await services.ledger.statement(owner, period, { after: query.after ?? null, limit: query.limit })
    return {
      object: 'statement' as const,
      customer: owner.customer,
      period: params.period,
      time_zone,
      from: unixSeconds(period.from),
      to: unixSeconds(period.to),
      opening: creditsToJson(shown.opening),
      closing: creditsToJson(shown.closing),
      charged: creditsToJson(shown.charged),
      totals: shown.totals.map(({ kind, entries, amount, credits }) => ({
        kind,
        entries: Number(entries),
        amount: creditsToJson(amount),
        credits: creditsToJson(credits),
      })),
      lines: list(shown.lines.map(showLine), shown.has_more),
    }
  },
})
