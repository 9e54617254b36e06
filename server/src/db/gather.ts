import type { Sql } from './pool.ts'

/** Statements of one kind under way on one connection or pool; what comes meanwhile goes with the next. */
const UNDER_WAY_MAX = 2
const ASKED_MAX = 100
/** A statement that takes longer (its connection may be dead, and nobody knows yet) no longer makes others wait. */
const SLOW_MS = 250

interface Waiting<Asked, Found> {
  readonly asked: Asked
  found(one: Found): void
  failed(error: unknown): void
}

interface Line<Asked, Found> {
  readonly waiting: Waiting<Asked, Found>[]
  under_way: number
  scheduled: boolean
}

/**
 * Makes one statement of many small ones (reads, or rows to be added): those that requests ask for at the same time travel together, for under
 * load the journeys to the database cost more than the work. Nothing is kept: each answer is read by a statement that began after its question was asked, so what
 * was committed before (the end of a key, say) is seen. A single question goes at once.
 * @param run answers all of a list in its order, one for each.
 */
export function gathered<Asked, Found>(
  run: (sql: Sql, asked: readonly Asked[]) => Promise<readonly Found[]>,
): (sql: Sql, asked: Asked) => Promise<Found> {
  // A question inside a transaction must be answered inside it: every connection and pool has a line of its own.
  const lines = new WeakMap<Sql, Line<Asked, Found>>()

  const send = (sql: Sql, line: Line<Asked, Found>) => {
    line.scheduled = false
    while (line.waiting.length > 0 && line.under_way < UNDER_WAY_MAX) {
      const together = line.waiting.splice(0, ASKED_MAX)
      line.under_way++
      let counts = true
      const goOn = () => {
        if (!counts) return
        counts = false
        line.under_way--
        send(sql, line)
      }
      const slow = setTimeout(goOn, SLOW_MS)
      run(
        sql,
        together.map(({ asked }) => asked),
      )
        .then(
          (answers) => {
            for (const [index, { found, failed }] of together.entries()) {
              const answer = answers[index]
              if (answer === undefined) failed(new Error('a gathered statement answered too little'))
              else found(answer)
            }
          },
          (error: unknown) => {
            for (const { failed } of together) failed(error)
          },
        )
        .finally(() => {
          clearTimeout(slow)
          goOn()
        })
    }
  }

  return (sql, asked) =>
    new Promise<Found>((found, failed) => {
      let line = lines.get(sql)
      if (line === undefined) {
        line = { waiting: [], under_way: 0, scheduled: false }
        lines.set(sql, line)
      }
      line.waiting.push({ asked, found, failed })
      if (line.scheduled || line.under_way >= UNDER_WAY_MAX) return
      line.scheduled = true
      const mine = line
      // After all requests that arrived together have been read, before anything else is waited for.
      setImmediate(() => send(sql, mine))
    })
}

/** Rows that carry the number of their question, from 1 (`with ordinality`), as one answer for each question; null where there is no row. */
export function inOrder<Row extends { readonly no: number }>(rows: readonly Row[], asked: number): readonly (Row | null)[] {
  const answers: (Row | null)[] = Array.from({ length: asked }, () => null)
  for (const row of rows) answers[row.no - 1] = row
  return answers
}
