import { hash } from 'node:crypto'
import type { Operation } from './operation.ts'

const BYTES = 16

/**
 * What a repeat must equal to be the same operation: the first 16 bytes of SHA-256 over everything it asks for, as hex.
 * A finish has none: its amount and cause are in its row and are compared themselves. A reinstatement is one whatever its reason.
 */
export function bodyOf(operation: Exclude<Operation, { kind: 'finish' | 'reinstate' }>): string {
  return hash('sha256', operation.kind === 'hold' ? (textOfHold(operation) ?? textOf(operation)) : textOf(operation), 'hex').slice(
    0,
    BYTES * 2,
  )
}

function textOf({ op: _, ...asked }: Operation): string {
  // An array of arrays in the order of the names, so that the order in which a caller wrote the fields says nothing.
  const fields = Object.entries(asked)
    .filter(([name]) => name !== 'if_ver') // when to do it, not what
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(fields.map(([name, value]) => [name, typeof value === 'bigint' ? `${value}n` : value]))
}

/** Its id and what `textOfHold` writes. */
const FIELDS_OF_A_HOLD = 9

/** The same text, many times as quickly: half of all operations are holds. Null for one with other fields than those. */
function textOfHold(hold: Extract<Operation, { kind: 'hold' }>): string | null {
  const fields = Object.keys(hold).length - ('if_ver' in hold ? 1 : 0)
  if (fields !== FIELDS_OF_A_HOLD) return null
  const { account, credits, expires_at, model, purpose, reason, video } = hold
  return `[["account","${account}n"],["credits","${credits}n"],["expires_at",${expires_at}],["kind","hold"],["model",${JSON.stringify(model)}],["purpose","${purpose}"],["reason",${JSON.stringify(reason)}],["video",${JSON.stringify(video)}]]`
}
