import type { Schema } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import type { Output } from '../output.ts'
import { etaText } from '../text/amounts.ts'
import { wrap } from '../text/width.ts'

type Comparison = Schema<'Comparison'>
type Row = Comparison['rows'][number]

const WHAT: Readonly<Record<Row['kind'], string>> = {
  route: 'route here',
  rate_card: 'price list',
  competitor_plan: 'their plan',
  plan: 'plan here',
  pack: 'pack here',
}

export const command = defineCommand({
  words: {},
  flags: {
    model: { short: 'm', takes: 'MODEL', says: 'Model to compare; sora-2 unless given' },
    seconds: { short: 's', takes: 'N', whole: [0, 999_999], says: 'Length of the clip' },
    size: { takes: 'WxH', says: 'Width and height, or a class: 480p, 720p, 1024p, 1080p' },
    complexity: { takes: 'KIND', choices: ['standard', 'complex', 'very_complex'], says: 'A surcharge of some cards' },
    clips: { takes: 'N', whole: [1, 1_000_000], says: 'So many clips a month: adds what a month costs' },
    sources: { says: 'Also say where each price was read, and when' },
  },
  about: ['One clip by every route, price list, plan and pack, theirs included; the cheapest of the same model is marked. Costs nothing.'],
  examples: ['filmgate compare --seconds 8 --size 720p', 'filmgate compare -s 8 --clips 50 --sources'],
  async run({ flags }, { out, world, gateway }) {
    const { model, seconds, size, complexity, clips } = flags
    const filmgate = await gateway()
    const body = { model, seconds, size, complexity, clips_per_month: clips }
    const comparison = await filmgate.post('/v1/comparisons', { body, signal: world.interrupted })
    out.document(comparison, () => comparisonText(comparison, flags.sources, out))
  },
})

function comparisonText({ model, seconds, size, clips_per_month, rows }: Comparison, sources: boolean, out: Output): readonly string[] {
  const sold = rows.filter((row) => row.sold)
  const refused = rows.filter((row) => !row.sold)
  const right = { align: 'right' } as const
  return [
    ...wrap(
      `${seconds} s of ${model} at ${size}${clips_per_month === null ? '' : `, ${clips_per_month} clips a month`}, in dollars`,
      out.columns,
    ).map((line) => out.paint.bold(line)),
    '',
    ...out.table(
      [
        { title: 'by', least: 18 },
        { title: 'which is a', least: 8 },
        { title: 'model', least: 8 },
        { title: 'a clip', ...right },
        { title: 'a second', ...right },
        { title: 'a minute', ...right },
        ...(clips_per_month === null ? [] : [{ title: 'a month', ...right }]),
        { title: 'in', least: 8 },
      ],
      sold.map((row) => [
        `${row.name}${row.cheapest ? ' (cheapest)' : ''}`,
        WHAT[row.kind],
        row.model,
        ...(row.usd === null ? ['', '', ''] : (['per_clip', 'per_second', 'per_minute'] as const).map((per) => usdText(row, per))),
        ...(clips_per_month === null ? [] : [monthText(row)]),
        row.eta === undefined ? '' : etaText(row.eta),
      ]),
    ),
    ...(refused.length === 0
      ? []
      : [
          '',
          ...out.table(
            [
              { title: 'not by', least: 16 },
              { title: 'because', least: 24 },
              { title: 'nearest', least: 10 },
            ],
            refused.map((row) => [row.name, row.message ?? row.reason ?? '', nearestText(row)]),
          ),
        ]),
    ...(sources ? ['', ...sourcesText(rows, out)] : []),
  ]
}

/** Rounded figures say so. */
function usdText({ usd }: Row, per: 'per_clip' | 'per_second' | 'per_minute'): string {
  if (usd === null) return ''
  return usd.rounded?.includes(per) ? `~${usd[per]}` : usd[per]
}

function monthText({ month }: Row): string {
  if (month === undefined) return ''
  return month.holds ? (month.usd ?? '') : 'not enough'
}

function nearestText({ nearest = [] }: Row): string {
  return nearest.map(({ seconds, usd }) => `${seconds} s for ${usd.per_clip}`).join(', ')
}

function sourcesText(rows: readonly Row[], out: Output): readonly string[] {
  const seen = new Map(rows.flatMap(({ source }) => (source === null ? [] : [[`${source.name} ${source.effective_on}`, source]])))
  return out.table(
    [{ title: 'source', least: 20 }, { title: 'in force' }, { title: 'read on' }, { title: 'at', least: 16 }],
    [...seen.values()].map(({ name, effective_on, read_on, url }) => [name, effective_on, read_on ?? '', url ?? '']),
  )
}
