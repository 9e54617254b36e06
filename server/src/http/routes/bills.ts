import { z } from 'zod'
import { BILL_VERDICTS } from '../../domain/bill.ts'
import { decimal } from '../../domain/rational.ts'
import { listBillItems, listBills } from '../../videos/bill-queries.ts'
import { adopt, forgetBill, importBill, readBillOf } from '../../videos/bills.ts'
import { unix_seconds, wholeNumber } from '../fields.ts'
import { list, listOf, page_query, paging } from '../page.ts'
import { route } from '../route.ts'
import { bill_item_object, bill_object, bill_path, showBill, showBillItem } from './bill.ts'

const column = z.string().min(1).max(200).optional()

export const billsCreate = route({
  method: 'POST',
  path: '/v1/bills',
  operation_id: 'importBill',
  summary: "Import a provider's bill as CSV, and compare it with what our attempts say that we owe.",
  description:
    'The first line names the columns: one that names jobs by the provider’s own id, one with amounts in dollars, or in the provider’s credits with `usd_per_credit`. Usual names are ' +
    'found by themselves. Lines without a job (fees, discounts) are kept as `other`. The very same bill twice is one. Nothing changes but what is shown, until it is adopted.',
  tag: 'Money',
  caller: 'operator',
  problems: ['payload_too_large'],
  body: z
    .object({
      provider: z
        .string()
        .min(1)
        .max(200)
        .meta({ description: 'Name of the provider, for a bill of all its accounts; or of one further account, as in `studio-a@second`.' }),
      from: unix_seconds.meta({ description: 'Unix seconds; included.' }),
      to: unix_seconds.meta({ description: 'Unix seconds; not included.' }),
      csv: z
        .string()
        .min(1)
        .max(30 * 1024 ** 2),
      columns: z.object({ reference: column, usd: column, credits: column, description: column }).optional(),
      usd_per_credit: z
        .string()
        .regex(/^\d{1,6}(\.\d{1,9})?$/, 'must be a decimal string such as "0.01"')
        .optional(),
    })
    .superRefine(({ from, to }, context) => {
      if (to <= from) context.addIssue({ code: 'custom', path: ['to'], message: 'must be later than `from`' })
    }),
  response: bill_object,
  async handler({ services, operator, body }) {
    const { columns = {}, usd_per_credit, ...file } = body
    const rate = usd_per_credit === undefined ? null : decimal(usd_per_credit)
    return showBill(await importBill(services.videos, operator, { ...file, columns, usd_per_credit: rate }))
  },
})

export const billsList = route({
  method: 'GET',
  path: '/v1/bills',
  operation_id: 'listBills',
  summary: 'Bills of providers that were imported, with what the comparison with our attempts comes to.',
  tag: 'Money',
  caller: 'operator',
  query: page_query,
  response: listOf(bill_object),
  async handler({ services, operator, query }) {
    const rows = await listBills(services.pool, operator, paging(query))
    const shown = rows.slice(0, query.limit).map(async ({ id }) => showBill(await readBillOf(services.videos, operator, id)))
    return list(await Promise.all(shown), rows.length > query.limit)
  },
})

export const billsRead = route({
  method: 'GET',
  path: '/v1/bills/{id}',
  operation_id: 'readBill',
  summary: 'A bill beside our attempts, as both stand now.',
  tag: 'Money',
  caller: 'operator',
  problems: ['not_found'],
  params: bill_path,
  response: bill_object,
  handler: async ({ services, operator, params }) => showBill(await readBillOf(services.videos, operator, params.id)),
})

export const billItemsList = route({
  method: 'GET',
  path: '/v1/bills/{id}/items',
  operation_id: 'listBillItems',
  summary: 'The comparison item by item: every job of the bill, every line about none, and every attempt that it does not know.',
  tag: 'Money',
  caller: 'operator',
  problems: ['not_found'],
  params: bill_path,
  query: z.object({
    verdict: z.enum(BILL_VERDICTS).optional(),
    after: z.string().max(200).optional().meta({ description: 'Id of the last item of the page before.' }),
    limit: wholeNumber(0, 100).default(20).meta({ type: 'integer', minimum: 0, maximum: 100, default: 20 }),
  }),
  response: listOf(bill_item_object),
  async handler({ services, operator, params, query }) {
    await readBillOf(services.videos, operator, params.id)
    const { verdict = null, after = null, limit } = query
    const items = await listBillItems(services.pool, operator, params.id, verdict, { after, limit: limit + 1 })
    return list(items.slice(0, limit).map(showBillItem), items.length > limit)
  },
})

export const billsAdopt = route({
  method: 'POST',
  path: '/v1/bills/{id}/adopt',
  operation_id: 'adoptBill',
  summary: 'Take over what was billed as what our attempts cost us, where that differs.',
  description:
    'Attempts that have ended take the billed amount; those that delivered nothing become losses thereby. What customers were charged stays. It may be repeated: attempts that were still open are taken then.',
  tag: 'Money',
  caller: 'operator',
  problems: ['not_found'],
  params: bill_path,
  response: bill_object,
  handler: async ({ services, operator, params }) => showBill(await adopt(services.videos, operator, params.id)),
})

export const billsDelete = route({
  method: 'DELETE',
  path: '/v1/bills/{id}',
  operation_id: 'deleteBill',
  summary: 'Forget a bill that was imported by mistake. One that was adopted stays.',
  tag: 'Money',
  caller: 'operator',
  problems: ['not_found'],
  params: bill_path,
  response: z.object({ object: z.literal('bill.deleted'), id: z.string(), deleted: z.literal(true) }),
  async handler({ services, operator, params }) {
    await forgetBill(services.videos, operator, params.id)
    return { object: 'bill.deleted' as const, id: params.id, deleted: true as const }
  },
})
