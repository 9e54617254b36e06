import type { QueryConfig, QueryResultRow } from 'pg'
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
   * @param asked `all` only where it `refuses`
   */
  run(tx: Tx, rows: readonly RiderRow[], asked: 'all' | 'any'): Promise<ReadonlySet<OpId>>
  /** It sends one statement, as soon as it is run, and only looks at the answer: so others may be sent behind it before that comes. */
  readonly at_once?: true
  /**
   * With these rows it sends all that it sends before anything is answered, and waits for nobody else; asked for `all`, each of that ends with
   * `allOrNone`: it fails in the database unless each guard passes, and is counted there.
   */
  refuses?(rows: readonly RiderRow[]): boolean
}

/** A statement of riders that need not be waited for, and what will come of it. */
export interface SentRiders {
  /** It is on its way, or never will be. */
  readonly sent: Promise<unknown>
  readonly ridden: Promise<Ridden>
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
  /** Whether none of their answers is needed before the commit: what does not pass fails in the database. */
  refusing(riders: readonly Riding[]): boolean
  /** The same as `run`, all at once: an answer for each kind, in the order of the statements. @param asked `all` only for riders that are `refusing` */
  send(tx: Tx, stages: readonly RiderStatement['stage'][], riders: readonly Riding[], asked: 'all' | 'any'): readonly SentRiders[]
}

const STAGES: readonly RiderStatement['stage'][] = ['guard', 'row', 'job']

export function createRiderRegistry(): RiderRegistry {
  const statements = new Map<string, RiderStatement>()

  function* concerned(stages: readonly RiderStatement['stage'][], riders: readonly Riding[]) {
    const of_kind = Map.groupBy(riders, ({ rider }) => rider.kind)
    for (const stage of STAGES.filter((one) => stages.includes(one))) {
      for (const statement of statements.values()) {
        const mine = of_kind.get(statement.kind)
        if (statement.stage === stage && mine !== undefined) yield { statement, mine }
      }
    }
  }

  async function runOne(tx: Tx, statement: RiderStatement, mine: readonly Riding[], asked: 'all' | 'any'): Promise<Ridden> {
    const passed = await statement.run(tx, mine.map(rowOf), asked)
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
        const ridden = await runOne(tx, statement, mine, 'any')
        if (ridden !== null) return ridden
      }
      return null
    },
    sendable: (riders) => [...concerned(['guard', 'row'], riders)].every(({ statement }) => statement.at_once),
    refusing: (riders) => [...concerned(STAGES, riders)].every(({ statement, mine }) => statement.refuses?.(mine.map(rowOf)) === true),
    send: (tx, stages, riders, asked) =>
      [...concerned(stages, riders)].map(({ statement, mine }) => {
        const { telling, sent } = tellingWhenSent(tx)
        const ridden = runOne(telling, statement, mine, asked)
        const ended = ridden.catch(() => undefined)
        return { sent: Promise.race([sent, ended]), ridden }
      }),
  }
}

function rowOf({ op, rider }: Riding): RiderRow {
  return { op, row: rider.row }
}

/** Of the first statement. */
function tellingWhenSent(tx: Tx): { readonly telling: Tx; readonly sent: Promise<void> } {
  const { promise: sent, resolve } = Promise.withResolvers<void>()
  const telling: Tx = {
    ...tx,
    query<Row extends QueryResultRow>(statement: QueryConfig | string, values?: unknown[]) {
      const answer = tx.query<Row>(statement, values)
      resolve()
      return answer
    },
  }
  return { telling, sent }
}
