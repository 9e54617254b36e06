import type { Schema } from '@filmgate/client'
import type { Output } from './output.ts'
import { priceLines } from './price-lines.ts'
import { creditsText, lastedText, timeText } from './text/amounts.ts'

type Receipt = Schema<'Receipt'>

/** A receipt for people: what was charged, how it came about, what paid it, what was tried. */
export function receiptText(receipt: Receipt, out: Output): readonly string[] {
  const refunded = receipt.refunds.reduce((sum, { credits }) => sum + credits, 0)
  return [
    out.paint.bold(`${creditsText(receipt.charged)} charged${refunded === 0 ? '' : `, ${refunded} refunded`}`),
    '',
    ...priceLines(receipt.lines, out),
    '',
    ...out.fields([
      ['video', receipt.video],
      ['quoted', creditsText(receipt.quoted)],
      ['held', creditsText(receipt.held)],
      ['released', receipt.released === 0 ? null : creditsText(receipt.released)],
      ['refunded', refunded === 0 ? null : creditsText(refunded)],
      ['paid from', receipt.grants.map(({ kind, credits }) => `${credits} ${kind}`).join(', ') || null],
      ['rate card', `${receipt.rate_card.id}, version ${receipt.rate_card.version}`],
      ['route', receipt.route],
      ['because', receipt.why],
      ['lane', receipt.lane === 'standard' ? null : receipt.lane],
      ['parked', receipt.parked === undefined ? null : parkedText(receipt.parked)],
      ['quote', receipt.quote],
      ['demo', receipt.demo ? 'Made by the built-in animatic.' : null],
    ]),
    ...attemptsText(receipt, out),
    ...(receipt.refunds.length === 0
      ? []
      : [
          '',
          ...out.table(
            [{ title: 'refunded at' }, { title: 'credits', align: 'right' }, { title: 'reason', least: 12 }],
            receipt.refunds.map(({ at, credits, reason }) => [timeText(at), String(credits), reason ?? '']),
          ),
        ]),
  ]
}

function attemptsText({ attempts }: Receipt, out: Output): readonly string[] {
  if (attempts.length === 0) return []
  const columns = [{ title: 'attempt', least: 14 }, { title: 'state' }, { title: 'took' }, { title: 'error', least: 16 }]
  return [
    '',
    ...out.table(
      columns,
      attempts.map((one) => [one.route, one.state, tookText(one), one.error?.message ?? '']),
    ),
  ]
}

export function tookText({ started_at, ended_at }: { readonly started_at: number | null; readonly ended_at: number | null }): string {
  return started_at === null || ended_at === null ? '' : lastedText(ended_at - started_at)
}

function parkedText({ at, until }: { readonly at: number; readonly until: number | null }): string {
  return `since ${timeText(at)}${until === null ? '' : `, until ${timeText(until)}`}, for want of credits`
}
