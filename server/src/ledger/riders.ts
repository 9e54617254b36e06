import type { Tx } from '../db/pool.ts'
import type { OpId, Rider } from './operation.ts'

/** One rider of a batch, with the operation it rides on. */
export interface RiderRow {
  readonly op: OpId
  readonly row: Rider['row']
}

/**
 * How one kind of rider is written: one set-based statement for all riders of that kind in a batch.
 * Stages run in this order: `guard` and `row` before the journal, `job` after it; within a stage in the order of registration,
 * which therefore is the lock order of the program (videos, attempts, provider accounts).
 */
export interface RiderStatement {
  readonly kind: string
  readonly stage: 'guard' | 'row' | 'job'
  /**
   * Locks in id order, writes, and returns the operations whose guard passed. An operation that is missing is rolled back and answered
   * `guard_failed`; one with several riders of this kind is returned only when all of them passed. It may run again for the
   * same operation (a retry), always in a new transaction after the old one was undone.
   */
  run(tx: Tx, rows: readonly RiderRow[]): Promise<ReadonlySet<OpId>>
  /** It sends one statement, as soon as it is run, and only looks at the answer: so others may be sent behind it before that comes. */
  readonly at_once?: true
}

/** The first kind whose guard failed, with the operations that failed; null when all passed. */
export type Ridden = { readonly kind: string; readonly failed: ReadonlySet<OpId> } | null

interface Riding {
  readonly op: OpId
  readonly rider: Rider
}

/** What the ledger may be handed. Filled at start by the modules that own the rows; the ledger itself knows no kind. */
export interface RiderRegistry {
  register(statement: RiderStatement): void
  /** Throws for a rider that nobody registered: before any money moves. */
  check(riders: readonly Rider[]): void
  /** Runs the stages given. Answers the first kind whose guard failed, with the operations that failed; null when all passed. */
  run(tx: Tx, stages: readonly RiderStatement['stage'][], riders: readonly Riding[]): Promise<Ridden>
  /** Whether all that comes before the journal can be sent without waiting. What comes behind it has nothing behind itself. */
  sendable(riders: readonly Riding[]): boolean
  /** The same as `run`, all at once: an answer for each kind, in the order of the statements. */
  send(tx: Tx, stages: readonly RiderStatement['stage'][], riders: readonly Riding[]): readonly Promise<Ridden>[]
}

const STAGES: readonly RiderStatement['stage'][] = ['guard', 'row', 'job']

export function createRiderRegistry(): RiderRegistry {
  const statements = new Map<string, RiderStatement>()

  function* concerned(stages: readonly RiderStatement['stage'][], riders: readonly Riding[]) {
    for (const stage of STAGES.filter((one) => stages.includes(one))) {
      for (const statement of statements.values()) {
        const mine = riders.filter(({ rider }) => statement.stage === stage && rider.kind === statement.kind)
        if (mine.length > 0) yield { statement, mine }
      }
    }
  }

  async function runOne(tx: Tx, statement: RiderStatement, mine: readonly Riding[]): Promise<Ridden> {
    const passed = await statement.run(
      tx,
      mine.map(({ op, rider }) => ({ op, row: rider.row })),
    )
    const failed = new Set(mine.map(({ op }) => op).filter((op) => !passed.has(op)))
    return failed.size > 0 ? { kind: statement.kind, failed } : null
  }

  return {
    register(statement) {
      if (statements.has(statement.kind)) throw new Error(`riders of kind ${statement.kind} are registered twice`)
      statements.set(statement.kind, statement)
    },
    check(riders) {
      for (const { kind } of riders) if (!statements.has(kind)) throw new Error(`nobody registered riders of kind ${kind}`)
    },
    async run(tx, stages, riders) {
      for (const { statement, mine } of concerned(stages, riders)) {
        const ridden = await runOne(tx, statement, mine)
        if (ridden !== null) return ridden
      }
      return null
    },
    sendable: (riders) => [...concerned(['guard', 'row'], riders)].every(({ statement }) => statement.at_once),
    send: (tx, stages, riders) => [...concerned(stages, riders)].map(({ statement, mine }) => runOne(tx, statement, mine)),
  }
}
