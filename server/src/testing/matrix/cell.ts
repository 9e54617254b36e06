import type { LossKind } from '../../domain/provider-cost.ts'
import type { AttemptState } from '../../domain/transitions.ts'
import { FAULTS, type FaultRow } from './faults.ts'

export const OPERATIONS = ['create', 'remix', 'edit', 'extend'] as const

/** One order that meets one fault. */
export interface Cell {
  readonly row: FaultRow
  readonly operation: (typeof OPERATIONS)[number]
  /** The clip that it begins from is uploaded, not named. */
  readonly uploads: boolean
  /** No other order has it: by it everything at the emulator is told apart. */
  readonly prompt: string
}

/** What became of a cell: the customer's side by the API and the ledger, the provider's by the emulator, ours by attempts and margin. */
export interface Outcome {
  readonly video: string
  readonly ended: string
  readonly quoted: number
  readonly charged: number
  readonly released: number
  readonly held: number
  /** Kinds of the entries in the customer's ledger, oldest first. */
  readonly entries: readonly string[]
  readonly stages: ReadonlySet<string>
  readonly attempts: readonly {
    readonly state: AttemptState
    readonly cost_usd: number
    readonly loss: LossKind | null
    readonly ref: string | null
  }[]
  /** Orders that reached the provider. */
  readonly creates: number
  /** Jobs that it took, and what it bills for each that it bills. */
  readonly taken: readonly string[]
  readonly bill: readonly { readonly id: string; readonly usd: number }[]
  /** Types of the events that its owner's endpoint was told. */
  readonly told: readonly string[]
  /** Files in its folder of the store. */
  readonly files: readonly string[]
}

export function cells(): Cell[] {
  return FAULTS.flatMap((row) => [
    ...OPERATIONS.filter((operation) => operation !== 'remix' || row.has_standby !== true).map((operation) => cell(row, operation, false)),
    ...(row.with_uploads === true ? (['edit', 'extend'] as const).map((operation) => cell(row, operation, true)) : []),
  ])
}

function cell(row: FaultRow, operation: Cell['operation'], uploads: boolean): Cell {
  return { row, operation, uploads, prompt: `${row.fault}, ${operation}${uploads ? ' of an upload' : ''} ${row.sentinels}`.trim() }
}

/** What we lost by a cell: what is billed for it, less the job that its customer paid for. */
export function lostUsd({ attempts }: Outcome): number {
  return cents(attempts.reduce((sum, { loss, cost_usd }) => (loss === null ? sum : sum + cost_usd), 0))
}

export function sumUsd(lines: readonly { readonly usd: number }[]): number {
  return cents(lines.reduce((sum, { usd }) => sum + usd, 0))
}

function cents(usd: number): number {
  return Math.round(usd * 100) / 100
}
