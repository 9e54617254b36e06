import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** The situations in which ledgers go wrong, numbered: holds and finishes, time, burn order, failures, money. Each is a test that names its number. */
const CASES = 54

test(`each of the ${CASES} hard cases of a ledger is the name of a test`, () => {
  const root = join(import.meta.dirname, '..')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'))
  const named = files.flatMap((file) => [
    ...readFileSync(join(root, file), 'utf8').matchAll(/\bcases? (\d[\d, and]*\d|\d+)[^:'"`\n]{0,20}:/g),
  ])
  const numbers = new Set(named.flatMap(([, listed = '']) => listed.split(/\D+/).map(Number)))
  expect(Array.from({ length: CASES }, (_, i) => i + 1).filter((number) => !numbers.has(number))).toEqual([])
})
