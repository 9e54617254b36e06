import type { Schema } from '@filmgate/client'
import type { Output } from './output.ts'
import { priceLines } from './price-lines.ts'
import { creditsText, etaText, timeText } from './text/amounts.ts'

type Quote = Schema<'Quote'>

/** A quote for people: the price first, then how it comes about, then who could make it. */
export function quoteText(quote: Quote, out: Output): readonly string[] {
  const { paint } = out
  const rejected = quote.candidates.filter((candidate) => candidate.rejected !== undefined)
  const able = quote.candidates.filter((candidate) => candidate.rejected === undefined)
  return [
    paint.bold(`${creditsText(quote.credits)}  ($${quote.usd})`),
    '',
    ...priceLines(quote.lines, out),
    '',
    ...out.fields([
      ['model', quote.model],
      ['route', quote.route],
      ['ready in', etaText(quote.eta)],
      ['made as', mappingText(quote)],
      ['lane', quote.lane === 'standard' ? null : quote.lane],
      ['rate card', `${quote.rate_card.id}, version ${quote.rate_card.version}`],
      ['honoured until', quote.expires_at === null ? null : timeText(quote.expires_at)],
      ['quote', quote.id],
      ['note', quote.comparison ? 'A comparison by another card: it promises nothing.' : null],
      ['demo', quote.demo ? 'The built-in animatic would make it: no provider is configured.' : null],
    ]),
    ...(able.length < 2 && rejected.length === 0
      ? []
      : [
          '',
          ...out.table(
            [
              { title: 'could be made by', least: 14 },
              { title: 'credits', align: 'right' },
              { title: 'ready in', least: 8 },
              { title: 'why not', least: 16 },
            ],
            [...able, ...rejected].map(({ route, credits, eta, rejected: why, message }) => [
              route,
              credits === null ? '' : String(credits),
              why === undefined ? etaText(eta) : '',
              message ?? why ?? '',
            ]),
          ),
        ]),
  ]
}

function mappingText({ mapping }: Quote): string | null {
  if (mapping === undefined) return null
  const then = [mapping.trimmed ? 'trimmed' : null, mapping.scaled ? 'scaled' : null].filter((word) => word !== null)
  return `${mapping.seconds} s at ${mapping.size}, then ${then.join(' and ')} to the order`
}
