import { z } from 'zod'
import type { Operator, Owner } from '../access/owner.ts'
import type { Paging } from '../access/queries.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'

// Rows of `plans.payments`. Whoever writes one holds the lock of the customer's account.

const ms = z.bigint().transform(Number)
/** A plan or a pack as it was stored: what both say of themselves. */
const stored_product = z.looseObject({ id: z.string(), name: z.string(), credits: z.string() })

const payment_row = z.object({
  id: z.string(),
  customer: z.string(),
  /** What it pays: a month of a plan, the rest of a month on a dearer one, a pack. */
  kind: z.enum(['month', 'upgrade', 'pack']),
  state: z.enum(['pending', 'paid', 'failed']),
  subscription: z.string().nullable(),
  month: z.int().nullable(),
  product: stored_product,
  amount_micro: z.bigint(),
  method: z.string(),
  reference: z.string().nullable(),
  grant_op: z.string().nullable(),
  at_ms: ms,
  settled_ms: ms.nullable(),
})
export type PaymentRow = z.output<typeof payment_row>

const PAYMENT = 'id, customer, kind, state, subscription, month, product, amount_micro, method, reference, grant_op, at_ms, settled_ms'

export interface NewPayment extends Omit<PaymentRow, 'product' | 'settled_ms'> {
  /** The plan or pack, as it is stored. */
  readonly product: { readonly id: string }
}

/** False when a payment of this reference, or for this month, was recorded before. */
export async function insertPayment(tx: Tx, payment: NewPayment): Promise<boolean> {
  const { id, customer, kind, state, subscription, month, product, amount_micro, method, reference, grant_op, at_ms } = payment
  const { rowCount } = await tx.query(
    `insert into plans.payments (${PAYMENT}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`,
    [
      id,
      customer,
      kind,
      state,
      subscription,
      month,
      JSON.stringify(product),
      amount_micro,
      method,
      reference,
      grant_op,
      at_ms,
      state === 'pending' ? null : at_ms,
    ],
  )
  return rowCount === 1
}

/** The payment that was promised is there. False when it is not pending any more, or was promised for something else. */
export async function settlePayment(
  tx: Tx,
  id: string,
  paid: {
    readonly customer: string
    readonly product: string
    readonly subscription: string | null
    readonly month: number | null
    readonly at: Instant
  },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update plans.payments set state = 'paid', settled_ms = $6, subscription = $4, month = $5
      where id = $1 and customer = $2 and state = 'pending' and product->>'id' = $3`,
    [id, paid.customer, paid.product, paid.subscription, paid.month, paid.at],
  )
  return rowCount === 1
}

/** Whether it was pending until now. */
export async function failPayment(sql: Sql, _operator: Operator, id: string, now: Instant): Promise<boolean> {
  const { rowCount } = await sql.query(`update plans.payments set state = 'failed', settled_ms = $2 where id = $1 and state = 'pending'`, [
    id,
    now,
  ])
  return rowCount === 1
}

/** Whether it is still to be confirmed. */
export async function isPending(tx: Tx, owner: Owner, id: string): Promise<boolean> {
  const { rows } = await tx.query(`select from plans.payments where id = $1 and customer = $2 and state = 'pending'`, [id, owner.customer])
  return rows.length > 0
}

/** A payment by the service's name of it, whosever it is. */
export async function findPayment(sql: Sql, method: string, reference: string): Promise<PaymentRow | null> {
  const { rows } = await sql.query(`select ${PAYMENT} from plans.payments where method = $1 and reference = $2`, [method, reference])
  return rows[0] === undefined ? null : payment_row.parse(rows[0])
}

/** What an owner paid under a reference, whichever service's it is, the newest; or else the payment of this id, since not every one has a reference. */
export async function findPaid(sql: Sql, owner: Owner, named: string): Promise<PaymentRow | null> {
  const { rows } = await sql.query(
    `select ${PAYMENT} from plans.payments where customer = $1 and (reference = $2 or id = $2) and state = 'paid'
      order by reference is not distinct from $2 desc, at_ms desc limit 1`,
    [owner.customer, named],
  )
  return rows[0] === undefined ? null : payment_row.parse(rows[0])
}

export async function selectPayment(sql: Sql, _operator: Operator, id: string): Promise<PaymentRow | null> {
  const { rows } = await sql.query(`select ${PAYMENT} from plans.payments where id = $1`, [id])
  return rows[0] === undefined ? null : payment_row.parse(rows[0])
}

export async function listPaymentsOf(sql: Sql, owner: Owner, { after, limit, order }: Paging): Promise<readonly PaymentRow[]> {
  const { rows } = await sql.query(
    `select ${PAYMENT} from plans.payments
      where customer = $1 and ($2::text is null or id ${order === 'asc' ? '>' : '<'} $2) order by id ${order} limit $3`,
    [owner.customer, after, limit],
  )
  return z.array(payment_row).parse(rows)
}

const MOST_SHOWN = 100

/** What a customer has promised to pay, oldest first. */
export async function listPending(sql: Sql, owner: Owner): Promise<readonly PaymentRow[]> {
  const { rows } = await sql.query({
    name: 'plans.pending',
    text: `select ${PAYMENT} from plans.payments where customer = $1 and state = 'pending' order by id limit ${MOST_SHOWN}`,
    values: [owner.customer],
  })
  return z.array(payment_row).parse(rows)
}
