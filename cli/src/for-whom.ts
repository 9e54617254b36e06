import { usage } from './exits.ts'
import type { Settings } from './settings.ts'

/** The customer of a command that is about one. @throws Failure with exit 2: none is named */
export function customerOf({ customer }: Settings, what: string): string {
  if (customer.value !== null) return customer.value
  throw usage(`Whose ${what}? Name the customer: --customer ID or FILMGATE_CUSTOMER; \`filmgate customers\` lists them.`)
}
