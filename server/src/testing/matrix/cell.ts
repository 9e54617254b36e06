import type { LossKind } from '../../domain/provider-cost.ts'
import type { AttemptState } from '../../domain/transitions.ts'
import { CALLS, type Call, expectedAt } from './expected.ts'
import { FAULTS, type FaultRow } from './faults.ts'
import { HOUSES, type House, OPENAI } from './houses.ts'

export const OPERATIONS = ['create', 'remix', 'edit', 'extend'] as const

/** One order that meets one fault. */
export interface Cell {
  readonly house: House
  /** As it must come out there. */
  readonly row: FaultRow
  readonly operation: (typeof OPERATIONS)[number]
  /** The clip that it begins from is uploaded, not named. */
  readonly uploads: boolean
  readonly call: Call
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
  /** Of forged calls: how they were answered, and whether a row of the video was another one afterwards. */
  readonly forged: readonly { readonly status: number; readonly changed: boolean }[]
}

/** Every operation at OpenAI; at the others creates, which is all that they know, and what they call back. */
function cells(): readonly Cell[] {
  return HOUSES.flatMap((house) =>
    house === OPENAI ? openaiCells() : [...FAULTS.flatMap((row) => cell(row, house)), ...calledCells(house)],
  )
}

function openaiCells(): Cell[] {
  return FAULTS.flatMap((row) => [
    ...OPERATIONS.filter((operation) => operation !== 'remix' || row.has_standby !== true).flatMap((operation) =>
      cell(row, OPENAI, { operation }),
    ),
    ...(row.with_uploads === true
      ? (['edit', 'extend'] as const).flatMap((operation) => cell(row, OPENAI, { operation, uploads: true }))
      : []),
  ])
}

function calledCells(house: House): Cell[] {
  if (house.calls === null) return []
  return CALLS.filter((call) => call !== 'never').flatMap((call) =>
    FAULTS.filter(({ with_calls }) => with_calls === true).flatMap((row) => cell(row, house, { call })),
  )
}

/** `all`, or those of some adapters by name; a share of them unless told. */
export function cellsOf(which: string | undefined): readonly Cell[] {
  if (which === undefined) return someOf(cells())
  const names = which.split(',')
  return which === 'all' ? cells() : cells().filter(({ house }) => names.includes(house.name))
}

/** For every run of the tests: each fault, operation, adapter and way to call at least once. */
function someOf(all: readonly Cell[]): readonly Cell[] {
  const others = HOUSES.filter((house) => house !== OPENAI)
  const called = FAULTS.filter(({ with_calls }) => with_calls === true)
  return all.filter(({ house, row, operation, call }) => {
    const fault = FAULTS.findIndex(({ fault }) => fault === row.fault)
    if (house === OPENAI) return call === 'never' ? fault % OPERATIONS.length === OPERATIONS.indexOf(operation) : operation === 'create'
    const at = others.indexOf(house)
    if (call === 'never') return fault % others.length === at || row.everywhere === true
    return called.findIndex(({ fault }) => row.fault === fault) === (at + CALLS.indexOf(call)) % called.length
  })
}

function cell(row: FaultRow, house: House, more: Partial<Pick<Cell, 'operation' | 'uploads' | 'call'>> = {}): Cell[] {
  const { operation = 'create', uploads = false, call = 'never' } = more
  const there = expectedAt(row, house, call)
  if (there === null) return []
  const who = `${house.name}, ${operation}${uploads ? ' of an upload' : ''}, called ${call}`
  return [{ house, row: there, operation, uploads, call, prompt: `${row.fault}, ${who} ${row.sentinels}`.trim() }]
}

/** What we lost by a cell: what is billed for it, less the job that its customer paid for. */
export function lostUsd({ attempts }: Outcome): number {
  return rounded(attempts.reduce((sum, { loss, cost_usd }) => (loss === null ? sum : sum + cost_usd), 0))
}

export function sumUsd(lines: readonly { readonly usd: number }[]): number {
  return rounded(lines.reduce((sum, { usd }) => sum + usd, 0))
}

/** To the micro-dollar. */
function rounded(usd: number): number {
  return Math.round(usd * 1e6) / 1e6
}
