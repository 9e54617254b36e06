import type { Comparison } from './comparison.ts'
import { type Compared, type Figures, type Month, monthOf, type Row } from './comparison-row.ts'
import { creditsToJson } from './credits.ts'
import { formatSize, formatSizeOrClass } from './order.ts'
import { usdText } from './price.ts'
import { add, type Rational, ratio, toDecimal, toFixed } from './rational.ts'

const PLACES = 6
const HALF: Rational = ratio(1n, 2n * 10n ** BigInt(PLACES))

/** Every digit where there is an end to them, at least two; else rounded to six, half up. */
export function shownUsd(usd: Rational): { readonly text: string; readonly rounded: boolean } {
  const exact = toDecimal(usd, 2)
  return exact === null ? { text: toFixed(add(usd, HALF), PLACES), rounded: true } : { text: exact, rounded: false }
}

/** The whole answer, as it is told outside: amounts of money are decimals as text. */
export function comparisonView(asked: Compared, { rows, cheapest }: Comparison) {
  const { model, seconds, size, complexity, clips_per_month } = asked
  return {
    object: 'comparison' as const,
    model,
    seconds,
    size: formatSizeOrClass(size),
    complexity,
    clips_per_month,
    rows: rows.map((row) => rowView(row, cheapest.has(row.id), monthOf(row, clips_per_month))),
  }
}

function rowView(row: Row, cheapest: boolean, month: Month | null) {
  const { id, kind, name, model, other_model, usd, credits, their_credits, reason, message, holds, price_usd, eta, mapping, demo } = row
  return {
    id,
    kind,
    name,
    model,
    ...(other_model ? { other_model: true as const } : {}),
    sold: usd !== null,
    cheapest,
    usd: usd === null ? null : usdView(usd),
    credits: credits === null ? null : creditsToJson(credits),
    ...(their_credits === null ? {} : { their_credits: shownUsd(their_credits).text.replace(/\.00$/, '') }),
    ...(price_usd === null ? {} : { price_usd: usdText(price_usd) }),
    ...(holds === null ? {} : { holds: { clips: creditsToJson(holds.clips), per: holds.per } }),
    ...(month === null ? {} : { month: { usd: month.usd === null ? null : shownUsd(month.usd).text, holds: month.usd !== null } }),
    ...(eta === null ? {} : { eta }),
    ...(mapping === null ? {} : { mapping: { ...mapping, size: formatSize(mapping.size) } }),
    ...(demo ? { demo: true as const } : {}),
    ...(reason === null ? {} : { reason }),
    ...(message === null ? {} : { message }),
    ...(row.nearest.length === 0 ? {} : { nearest: row.nearest.map(({ seconds, usd: other }) => ({ seconds, usd: usdView(other) })) }),
    source: row.source,
    ...(row.note === null ? {} : { note: row.note }),
  }
}

function usdView(usd: Figures) {
  const shown = { per_clip: shownUsd(usd.per_clip), per_second: shownUsd(usd.per_second), per_minute: shownUsd(usd.per_minute) }
  const names = ['per_clip', 'per_second', 'per_minute'] as const
  const rounded = names.filter((name) => shown[name].rounded)
  return {
    per_clip: shown.per_clip.text,
    per_second: shown.per_second.text,
    per_minute: shown.per_minute.text,
    ...(rounded.length > 0 ? { rounded } : {}),
  }
}
