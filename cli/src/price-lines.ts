import type { Schema } from '@filmgate/client'
import type { Output } from './output.ts'

/** How a price comes about, line by line. */
export function priceLines(lines: Schema<'Quote'>['lines'], out: Output): readonly string[] {
  return out.table(
    [
      { title: 'line', least: 12 },
      { title: 'quantity', align: 'right' },
      { title: 'unit', least: 6 },
      { title: 'rate', align: 'right' },
      { title: 'credits', align: 'right' },
    ],
    lines.map(({ label, quantity, unit, rate, credits }) => [label, quantity, unit, rate, credits]),
  )
}
