import { type Cell, lostUsd, type Outcome } from './cell.ts'
import { HOUSES } from './houses.ts'

const HEAD = ['fault', 'called back', 'met by', 'creates', 'clips billed', 'charge', 'clips lost', 'final state', 'attempts'] as const
const [FAULT, CALL, WHO] = [0, 1, 2]

/** The matrix as lines of columns. Cells of one fault that came out alike share a line. */
function matrixRows(outcomes: ReadonlyMap<Cell, Outcome>): string[][] {
  const lines = new Map<string, { cells: Cell[]; figures: string[] }>()
  const faults = [...new Set([...outcomes.keys()].map(({ row }) => row.fault))]
  // By fault, and what is called back after all that is not.
  const placeOf = ({ row, call }: Cell) => (call === 'never' ? 0 : faults.length) + faults.indexOf(row.fault)
  for (const [cell, outcome] of [...outcomes].toSorted(([a], [b]) => placeOf(a) - placeOf(b))) {
    const figures = figuresOf(cell, outcome)
    const key = JSON.stringify([cell.row.fault, cell.call, ...figures])
    const line = lines.get(key)
    if (line === undefined) lines.set(key, { cells: [cell], figures })
    else line.cells.push(cell)
  }
  return [...lines.values()].map(({ cells, figures }) => [cells[0]?.row.fault ?? '', cells[0]?.call ?? '', whoOf(cells), ...figures])
}

function figuresOf({ house }: Cell, outcome: Outcome): string[] {
  return [
    String(outcome.creates),
    String(outcome.bill.length),
    String(outcome.charged),
    String(Math.round((lostUsd(outcome) / house.usd) * 100) / 100),
    outcome.ended,
    outcome.attempts.map(({ state, loss }) => (loss === null ? state : `${state} (${loss})`)).join(', '),
  ]
}

function operationOf({ operation, uploads }: Cell): string {
  return uploads ? `${operation} of an upload` : operation
}

/** `openai (create, edit); fal`: what others than OpenAI's own make are creates. */
function whoOf(cells: readonly Cell[]): string {
  return HOUSES.flatMap((house) => {
    const own = cells.filter((cell) => cell.house === house)
    if (own.length === 0) return []
    return house.name === 'openai' ? [`openai (${own.map(operationOf).join(', ')})`] : [house.name]
  }).join('; ')
}

/** Whether the page has a line for what came of a cell. */
export function isOnPage(page: string, cell: Cell, outcome: Outcome): boolean {
  const [wanted, ...figures] = [whoOf([cell]), ...figuresOf(cell, outcome)]
  return page.split('\n').some((line) => {
    const columns = line.slice(2, -2).split(' | ')
    if (columns[FAULT] !== cell.row.fault || columns[CALL] !== cell.call) return false
    if (columns.slice(WHO + 1).join(' | ') !== figures.join(' | ')) return false
    const who = (columns[WHO] ?? '').split('; ')
    if (wanted !== `openai (${operationOf(cell)})`) return who.includes(wanted ?? '')
    return who.some((one) => one.startsWith('openai (') && one.slice('openai ('.length, -1).split(', ').includes(operationOf(cell)))
  })
}

/** For a terminal. */
export function matrixAsText(outcomes: ReadonlyMap<Cell, Outcome>): string {
  const rows = [[...HEAD], ...matrixRows(outcomes)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '))
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n${countsOf(outcomes).join('\n')}\n`
}

function countsOf(outcomes: ReadonlyMap<Cell, Outcome>): string[] {
  const counted = HOUSES.map(({ name }) => `${name} ${[...outcomes.keys()].filter(({ house }) => house.name === name).length}`)
  return [`${outcomes.size} cells: ${counted.join(', ')}`]
}

/** For docs/reference/money-matrix.md. */
export function matrixAsMarkdown(outcomes: ReadonlyMap<Cell, Outcome>): string {
  const houses = HOUSES.map(({ name, adapter, profile, usd, lost, calls, bills }) => {
    const cells = [...outcomes.keys()].filter(({ house }) => house.name === name).length
    return [
      name,
      profile === null ? adapter : `${adapter}, ${profile}`,
      `$${usd}`,
      lost,
      calls ?? 'never',
      bills.join(', ') || 'nothing',
      String(cells),
    ]
  })
  return `# The money matrix

Printed by \`npm run matrix -- --write\`: ${outcomes.size} orders of four seconds, quoted at 40 credits, each sent through a gateway to a provider that goes
wrong in one way (\`server/src/testing/matrix/faults.ts\`). "called back" is how the provider calls about the job: never, once, twice, before its answer to the
order was stored (early), by a stranger (forged), or only once the video had ended (late). "creates" counts orders that reached the provider, "clips billed" what
it bills for them, "charge" what the customer paid in credits, "clips lost" what is billed and nobody pays, in clips. Attempts that were refused a connection
are not sent and not counted. Where a lost order can be found by nobody, it is not sent again, and counts as billed though it may never have arrived.

${tableOf(['provider', 'adapter', 'a clip', 'a lost order is', 'calls', 'bills beside clips', 'cells'], houses)}

${tableOf(HEAD, matrixRows(outcomes))}
`
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
