import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

test('the walk through one create names ten files or fewer, and each exists', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const walk = /## One create, in ten files\n\n([\s\S]*?)\n\n##/.exec(text)?.[1] ?? ''
  const files = [...walk.matchAll(/^\d+\. `([^`]+)`/gm)].map((match) => match[1] ?? '')
  expect(files.length).toBeGreaterThan(5)
  expect(files.length).toBeLessThanOrEqual(10)
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
})
