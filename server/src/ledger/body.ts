import { hash } from 'node:crypto'
import type { Operation } from './operation.ts'

const BYTES = 16

/**
 * What a repeat must equal to be the same operation: the first 16 bytes of SHA-256 over everything it asks for, as hex.
 * A finish has none: its amount and cause are in its row and are compared themselves. A reinstatement is one whatever its reason.
 */
export function bodyOf(operation: Exclude<Operation, { kind: 'finish' | 'reinstate' }>): string {
  const { op: _, ...asked } = operation
  // An array of arrays in the order of the names, so that the order in which a caller wrote the fields says nothing.
  const fields = Object.entries(asked)
    .filter(([name]) => name !== 'if_ver') // when to do it, not what
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const text = JSON.stringify(fields.map(([name, value]) => [name, typeof value === 'bigint' ? `${value}n` : value]))
  return hash('sha256', text, 'hex').slice(0, BYTES * 2)
}
