import type { Schema } from '@filmgate/client'
import type { Output } from './output.ts'
import type { Column } from './text/table.ts'
import { wrap } from './text/width.ts'

/** A price list for people. Its lines differ by kind, and newer servers may know more kinds: what is not there stays empty. */
export function rateCardText(card: Schema<'RateCard'>, out: Output): readonly string[] {
  return [
    ...wrap(card.title, out.columns).map((line) => out.paint.bold(line)),
    '',
    ...out.fields([
      ['rate card', `${card.id}, version ${card.version}`],
      ['in', card.currency === 'usd' ? 'dollars' : 'credits'],
      ['since', card.effective_on],
      ['read', `on ${card.source.read_on} from ${card.source.name}`],
      ['at', card.source.url],
      ['note', textOf(card.note) || null],
    ]),
    ...section(out, listOf(card.lines), [
      [{ title: 'models', least: 10 }, ({ models }) => listOf(models).map(textOf).join(', ')],
      [{ title: 'sizes', least: 6 }, ({ sizes }) => spanText(sizes)],
      [{ title: 'seconds', least: 8 }, ({ seconds }) => spanText(seconds)],
      [{ title: 'rate', align: 'right' }, ({ rate }) => textOf(membersOf(rate).amount)],
      [
        { title: 'per' },
        ({ rate }) =>
          textOf(membersOf(rate).kind)
            .replace(/^per_/, '')
            .replace(/^flat$/, 'clip')
            .replaceAll('_', ' '),
      ],
      [{ title: 'more', least: 10 }, ({ surcharges }) => surchargeText(surcharges)],
    ]),
    ...section(out, listOf(card.plans), [
      [{ title: 'plan' }, ({ name }) => textOf(name)],
      [{ title: 'a month', align: 'right' }, ({ usd_per_month }) => `$${textOf(usd_per_month)}`],
      [{ title: 'credits', align: 'right' }, ({ credits_per_month, credits_once }) => textOf(credits_per_month ?? credits_once)],
      [{ title: 'note', least: 14 }, ({ note }) => textOf(note)],
    ]),
    ...section(out, listOf(card.buys), [
      [{ title: 'buys', least: 10 }, ({ model }) => textOf(model)],
      [{ title: 'size', least: 5 }, ({ size }) => textOf(size)],
      [{ title: 'credits', align: 'right' }, ({ credits }) => textOf(credits)],
      [{ title: 'per' }, ({ unit }) => textOf(unit)],
    ]),
  ]
}

type Members = Readonly<Record<string, unknown>>

function section(out: Output, items: readonly unknown[], columns: readonly (readonly [Column, (item: Members) => string])[]) {
  if (items.length === 0) return []
  const rows = items.map((item) => columns.map(([, cell]) => cell(membersOf(item))))
  return [
    '',
    ...out.table(
      columns.map(([column]) => column),
      rows,
    ),
  ]
}

function spanText(span: unknown): string {
  if (Array.isArray(span)) return span.map(textOf).join(', ')
  const { from, to } = membersOf(span)
  return from === undefined ? textOf(span) : `${textOf(from)} to ${textOf(to)}`
}

function surchargeText(surcharges: unknown): string {
  return Object.entries(membersOf(surcharges))
    .map(([kind, amount]) => `+${textOf(amount)} ${kind.replaceAll('_', ' ')}`)
    .join(', ')
}

function membersOf(of: unknown): Members {
  return typeof of === 'object' && of !== null ? Object.fromEntries(Object.entries(of)) : {}
}

function listOf(of: unknown): readonly unknown[] {
  return Array.isArray(of) ? of : []
}

function textOf(of: unknown): string {
  return typeof of === 'string' || typeof of === 'number' ? String(of) : ''
}
