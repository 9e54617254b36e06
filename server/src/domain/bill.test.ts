import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readBill } from './bill.ts'
import { decimal, parseDecimal, toDecimal } from './rational.ts'

const read = (rows: string[][], columns = {}, rate: string | null = null) => readBill(rows, columns, rate === null ? null : decimal(rate))

describe('a bill is read', () => {
  test('by the columns that vendors use, whatever their case', () => {
    expect(
      read([
        ['Request ID', 'Endpoint', 'Cost'],
        ['r1', 'kling', '0.35'],
        ['', 'fee', '$1,234.50'],
        ['r1', 'kling', '(0.10)'],
        ['r2', 'x', '-.05'],
      ]),
    ).toEqual({
      outcome: 'read',
      rest_pico: 0n,
      lines: [
        { line: 2, ref_id: 'r1', micro: 350_000n, description: 'kling' },
        { line: 3, ref_id: null, micro: 1_234_500_000n, description: 'fee' },
        { line: 4, ref_id: 'r1', micro: -100_000n, description: 'kling' },
        { line: 5, ref_id: 'r2', micro: -50_000n, description: 'x' },
      ],
    })
  })
  test('by the columns that are named, in credits of the vendor', () => {
    expect(
      read(
        [
          ['job', 'used', 'id'],
          ['t1', '60', 'x'],
        ],
        { reference: 'job', credits: 'used' },
        '0.01',
      ),
    ).toMatchObject({
      lines: [{ ref_id: 't1', micro: 600_000n }],
    })
  })
})

test.each([
  ['an empty file', [], {}, 'csv'],
  ['a head alone', [['id', 'usd']], {}, 'csv'],
  [
    'no column of amounts',
    [
      ['id', 'when'],
      ['a', 'b'],
    ],
    {},
    'columns',
  ],
  ['no column of jobs', [['usd'], ['1']], {}, 'columns'],
  [
    'a named column that is not there',
    [
      ['id', 'usd'],
      ['a', '1'],
    ],
    { usd: 'cost' },
    'columns',
  ],
  [
    'a named column that is there twice',
    [
      ['id', 'usd', 'usd'],
      ['a', '1', '2'],
    ],
    { usd: 'usd' },
    'columns',
  ],
  [
    'an amount that is none',
    [
      ['id', 'usd'],
      ['a', '1e3'],
    ],
    {},
    'csv',
  ],
  [
    'an amount beyond all sense',
    [
      ['id', 'usd'],
      ['a', '99999999999999'],
    ],
    {},
    'csv',
  ],
  ['lines beyond all sense together', [['id', 'usd'], ...Array(1_001).fill(['a', '-1000000000'])], {}, 'csv'],
  ['a row that breaks off', [['id', 'usd'], ['a']], {}, 'csv'],
])('%s is refused, and what is wrong is named', (_, rows, columns, param) => {
  expect(read(rows, columns)).toMatchObject({ outcome: 'unreadable', param, message: expect.stringMatching(/./) })
})

test('whatever the amounts, lines and what rounding took are the exact sum to the pico-dollar', () => {
  const amount = fc
    .tuple(fc.boolean(), fc.nat(10 ** 6), fc.nat(10 ** 12 - 1))
    .map(([minus, whole, places]) => `${minus ? '-' : ''}${whole}.${String(places).padStart(12, '0')}`)
  fc.assert(
    fc.property(fc.array(amount, { minLength: 1, maxLength: 20 }), (amounts) => {
      const bill = read([['id', 'usd'], ...amounts.map((text) => ['x', text])])
      if (bill.outcome !== 'read') throw new Error(bill.message)
      const exact_pico = amounts.reduce(
        (sum, text) => sum + BigInt(toDecimal(parseDecimal(text) ?? decimal('0'), 12)?.replace('.', '') ?? '0'),
        0n,
      )
      expect(bill.lines.reduce((sum, { micro }) => sum + micro, 0n) * 1_000_000n + bill.rest_pico).toBe(exact_pico)
    }),
  )
})
