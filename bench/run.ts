// `npm run bench -- NAME [arguments]`: measures one published claim, bench/NAME.ts. Its last lines are `ratio CLAIM VALUE goal GOAL`; ends with 1 when one is below its goal.
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { allocateYoung } from '../server/src/allocate-young.ts'

export interface Ratio {
  /** One word; how it was measured stands in the bench's own output. */
  readonly claim: string
  readonly value: number
  /** At least this. */
  readonly goal: number
}

/** What a bench exports as `measure`: it prints its progress and returns its claims. */
export type Measure = (args: readonly string[]) => Promise<readonly Ratio[]>

allocateYoung() // as the program does

const NOT_BENCHES = new Set(['run', 'contact-sheet'])

const [name, ...args] = process.argv.slice(2)
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'))
  .filter((file) => !NOT_BENCHES.has(file))

if (name === undefined || !names.includes(name)) {
  console.error(`${name === undefined ? 'Which bench?' : `There is no bench "${name}".`} There are: ${names.join(', ')}`)
  process.exit(2)
}

const { measure }: { measure: Measure } = await import(`./${name}.ts`)
const ratios = await measure(args)
for (const { claim, value, goal } of ratios) console.log(`ratio ${claim} ${value.toFixed(2)} goal ${goal}`)
process.exit(ratios.every(({ value, goal }) => value >= goal) ? 0 : 1)
