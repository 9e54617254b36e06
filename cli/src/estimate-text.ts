import type { Schema } from '@filmgate/client'
import type { Output } from './output.ts'
import { creditsText } from './text/amounts.ts'

type Estimate = Schema<'ProjectEstimate'>

/** A project's price: together, by kind of step, by shot, and what it earns. */
export function estimateText(estimate: Estimate, out: Output): readonly string[] {
  const { expected, worst, saving, economics, rate_card } = estimate
  const flags = estimate.shots.flatMap(({ index, name, flags: of }) =>
    of.map(({ message }) => `Shot ${index + 1}${name === null ? '' : ` (${name})`}: ${message}`),
  )
  return [
    out.paint.bold(`$${expected.usd}  (${creditsText(expected.credits)}), at most $${worst.usd}`),
    '',
    ...out.table(
      [
        { title: 'step', least: 10 },
        { title: 'clips', align: 'right' },
        { title: 'usd', align: 'right' },
        { title: 'at most', align: 'right' },
      ],
      estimate.lines.map(({ label, quantity, usd, worst: most }) => [label, String(quantity), usd, most.usd]),
    ),
    ...(estimate.shots.length < 2
      ? []
      : [
          '',
          ...out.table(
            [
              { title: 'shot', least: 10 },
              { title: 'clips', align: 'right' },
              { title: 'usd', align: 'right' },
              { title: 'at most', align: 'right' },
            ],
            estimate.shots.map(({ index, name, count, usd, worst: most }) => [name ?? `shot ${index + 1}`, String(count), usd, most.usd]),
          ),
        ]),
    ...(flags.length === 0 ? [] : ['', ...flags.flatMap((text) => out.sentence(text))]),
    ...(saving === undefined ? [] : ['', ...out.sentence(saving.message)]),
    ...(estimate.as_asked === undefined ? [] : ['', ...out.sentence(estimate.as_asked.message)]),
    ...(economics === undefined ? [] : ['', ...economicsText(economics, out)]),
    '',
    ...out.fields([
      ['rate card', `${rate_card.id}, version ${rate_card.version}, of ${rate_card.effective_on} (${rate_card.source.name})`],
    ]),
  ]
}

function economicsText(economics: Schema<'UnitEconomics'>, out: Output): readonly string[] {
  const dollars = (usd: string | null) => (usd === null ? null : usd.startsWith('-') ? `-$${usd.slice(1)}` : `$${usd}`)
  const { margin_percent, break_even_clips } = economics
  return [
    ...out.fields([
      ['price', dollars(economics.price_usd)],
      ['cost', `${dollars(economics.cost_usd)}, at most ${dollars(economics.worst_cost_usd)}`],
      ['margin', `${dollars(economics.margin_usd)}${margin_percent === null ? '' : `, ${margin_percent}%`}`],
      ['break-even price', dollars(economics.break_even_usd)],
      ['break-even clips', break_even_clips === null ? null : break_even_clips.toLocaleString('en-US')],
      ['a month costs', dollars(economics.monthly_cost_usd)],
      ['a month brings', dollars(economics.monthly_revenue_usd)],
      ['a month leaves', dollars(economics.monthly_margin_usd)],
    ]),
    '',
    ...out.sentence(economics.message),
  ]
}
