import type { Schema } from '@filmgate/client'
import type { Output } from './output.ts'
import { creditsText, etaText, timeText } from './text/amounts.ts'
import type { Column } from './text/table.ts'

export type Batch = Schema<'Batch'>
type Check = Schema<'BatchCheck'>

/** What a file would cost: by kind of order, together, and at most. */
export function checkText(check: Check, out: Output): readonly string[] {
  return [
    ...out.table(
      [
        { title: 'orders', align: 'right' },
        { title: 'model', least: 8 },
        { title: 's', align: 'right' },
        { title: 'size' },
        { title: 'credits each', align: 'right' },
      ],
      check.kinds.map(({ count, model, seconds, size, credits }) => [String(count), model, seconds, size, String(credits)]),
    ),
    '',
    ...out.fields([
      ['orders', check.total.toLocaleString('en-US')],
      ['price', `${creditsText(check.price_credits)} ($${check.price_usd})`],
      ['at most', creditsText(check.worst_credits)],
      ['budget', check.max_credits === null ? null : creditsText(check.max_credits)],
      ['takes', etaText(check.eta)],
    ]),
    ...(check.worst_credits < check.price_credits
      ? ['', ...out.sentence('The budget is below the price: it stops there, with the rest not begun.')]
      : []),
  ]
}

export const BATCH_COLUMNS: readonly Column[] = [
  { title: 'id' },
  { title: 'state', least: 8 },
  { title: 'done', align: 'right' },
  { title: 'charged', align: 'right' },
  { title: 'failed', align: 'right', spare: true },
  { title: 'price', align: 'right', spare: true },
  { title: 'name', least: 8, spare: true },
  { title: 'made', spare: true },
]

export function batchRow({ id, created_at, request_counts, filmgate }: Batch): readonly string[] {
  const { counts } = filmgate
  const ended = counts.completed + counts.failed + counts.cancelled
  return [
    id,
    batchState(filmgate),
    `${ended}/${request_counts.total}`,
    String(filmgate.charged),
    String(counts.failed),
    String(filmgate.price_credits),
    filmgate.name ?? '',
    timeText(created_at),
  ]
}

const WHY_PAUSED = { asked: 'as asked', cap: 'at the budget', budget: 'budget of the key', insufficient_credits: 'no credits' } as const

function batchState({ state, paused_reason }: Batch['filmgate']): string {
  return state === 'paused' && paused_reason !== null ? `paused, ${WHY_PAUSED[paused_reason]}` : state
}

export function batchText(batch: Batch, out: Output): readonly string[] {
  const { filmgate, request_counts } = batch
  const { counts } = filmgate
  return out.fields([
    ['batch', batch.id],
    ['name', filmgate.name],
    ['state', batchState(filmgate)],
    ['completed', `${counts.completed} of ${request_counts.total}`],
    ['failed', counts.failed === 0 ? null : `${counts.failed}, not charged`],
    ['cancelled', counts.cancelled === 0 ? null : String(counts.cancelled)],
    ['open', counts.open === 0 ? null : String(counts.open)],
    ['not begun', counts.waiting === 0 ? null : `${counts.waiting}, ${creditsText(filmgate.remaining_credits)}`],
    ['charged', `${creditsText(filmgate.charged)} of ${filmgate.price_credits.toLocaleString('en-US')}`],
    ['held', filmgate.held === 0 ? null : creditsText(filmgate.held)],
    ['budget', filmgate.max_credits === null ? null : creditsText(filmgate.max_credits)],
    ['side by side', String(filmgate.concurrency)],
    ['time left', filmgate.state === 'running' ? etaText(filmgate.eta) : null],
  ])
}

/** One line, as far as it is. */
export function batchLine({ request_counts: { total }, filmgate }: Batch): string {
  const { counts, charged } = filmgate
  const ended = counts.completed + counts.failed + counts.cancelled
  const percent = Math.floor((ended / total) * 100)
  return [
    `${String(percent).padStart(3)}%  ${ended} of ${total}`,
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ...(counts.open > 0 ? [`${counts.open} open`] : []),
    creditsText(charged),
    ...(filmgate.state === 'running' ? [etaText(filmgate.eta)] : [batchState(filmgate)]),
  ].join(' · ')
}
