import { type Cell, lostUsd, type Outcome } from './cell.ts'

const HEAD = ['fault', 'operations', 'creates', 'billed', 'charge', 'our loss', 'final state', 'attempts'] as const

/** The matrix as lines of columns. Operations of one fault that came out alike share a line. */
export function matrixRows(outcomes: ReadonlyMap<Cell, Outcome>): string[][] {
  const lines = new Map<string, { fault: string; who: string[]; figures: string[] }>()
  for (const [cell, outcome] of outcomes) {
    const { fault } = cell.row
    const who = cell.uploads ? `${cell.operation} of an upload` : cell.operation
    const figures = figuresOf(outcome)
    const key = JSON.stringify([fault, ...figures])
    const line = lines.get(key)
    if (line === undefined) lines.set(key, { fault, who: [who], figures })
    else line.who.push(who)
  }
  return [...lines.values()].map(({ fault, who, figures }) => [fault, shortly(who), ...figures])
}

function figuresOf(outcome: Outcome): string[] {
  return [
    String(outcome.creates),
    usd(outcome.bill.reduce((sum, line) => sum + line.usd, 0)),
    String(outcome.charged),
    usd(lostUsd(outcome)),
    outcome.ended,
    outcome.attempts.map(({ state, loss }) => (loss === null ? state : `${state} (${loss})`)).join(', '),
  ]
}

function usd(amount: number): string {
  return `$${amount.toFixed(2)}`
}

const ALL = ['create', 'remix', 'edit', 'extend']

function shortly(who: readonly string[]): string {
  const named = who.filter((one) => !ALL.includes(one))
  const all_four = ALL.every((one) => who.includes(one))
  if (!all_four) return who.join(', ')
  return named.length === 0 ? 'all four' : 'all four, and uploads'
}

/** For a terminal. */
export function matrixAsText(outcomes: ReadonlyMap<Cell, Outcome>): string {
  const rows = [[...HEAD], ...matrixRows(outcomes)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '))
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

/** For docs/reference/money-matrix.md. */
export function matrixAsMarkdown(outcomes: ReadonlyMap<Cell, Outcome>): string {
  const lines = [[...HEAD], HEAD.map(() => '---'), ...matrixRows(outcomes)].map((row) => `| ${row.join(' | ')} |`)
  return `# The money matrix

Printed by \`npm run matrix -- --write\`: ${outcomes.size} orders of four seconds, quoted at 40 credits, each sent through a gateway to a provider that goes
wrong in one way (\`server/src/testing/matrix/faults.ts\`). "creates" counts orders that reached the provider, "billed" is what it bills for them, "charge"
what the customer paid in credits, "our loss" what is billed and nobody pays. Attempts that were refused a connection are not sent and not counted.

${lines.join('\n')}
`
}
