/** A customer's public id, `cus_…`. */
export type CustomerId = string

export type { Engine, Operator, Owner } from './authenticate.ts'
