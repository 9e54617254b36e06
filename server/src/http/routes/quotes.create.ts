import { z } from 'zod'
import type { Owner } from '../../access/owner.ts'
import { exactSize, LANES } from '../../domain/order.ts'
import { problem } from '../../domain/problems.ts'
import { type ComparisonQuote, type Quote, type QuoteView, quoteView, totals } from '../../domain/quote.ts'
import { checkGates } from '../../videos/gates.ts'
import { compareQuote, keepQuotes, newQuote } from '../../videos/quote.ts'
import { blameSource, type Derived, derivedOrder, findSource } from '../../videos/source.ts'
import { readVideo, VIDEO_BYTES, withClips } from '../clip.ts'
import { checkAdded, clip_problems, NO_CHARACTERS } from '../derived.ts'
import { credits_shown } from '../fields.ts'
import { placed, type Source } from '../issues.ts'
import { defaultsOf, policyOf, quote_order } from '../order.ts'
import { route } from '../route.ts'
import type { Services } from '../services.ts'

const MOST_ITEMS = 100

const wanted = quote_order.extend({ rate_card: z.string().min(1).max(200).optional() })
// The two forms exclude each other: a list with a mistake in it must not pass as one order of nothing but defaults.
const body = z.union([
  z.object({ videos: z.array(wanted).min(1).max(MOST_ITEMS), rate_card: wanted.shape.rate_card }),
  wanted.extend({ videos: z.never().optional() }),
])

const eta = z.object({ low_s: z.int(), high_s: z.int() })
const mapping = z.object({ seconds: z.int(), size: z.string(), trimmed: z.boolean(), scaled: z.boolean() }).meta({
  description: 'What the route makes instead of the order, and what becomes of the result; absent where it makes the order itself.',
})
const one = z
  .object({
    object: z.literal('quote'),
    id: z.string().nullable(),
    model: z.string(),
    credits: credits_shown,
    usd: z.string(),
    expires_at: z.int().nullable(),
    rate_card: z.object({ id: z.string(), version: z.int() }),
    lines: z.array(z.object({ label: z.string(), quantity: z.string(), unit: z.string(), rate: z.string(), credits: z.string() })),
    lane: z.enum(LANES),
    route: z.string().nullable(),
    eta,
    candidates: z.array(
      z.object({
        route: z.string(),
        provider: z.string(),
        model: z.string(),
        credits: credits_shown.nullable(),
        eta,
        mapping: mapping.optional(),
        rejected: z.string().optional(),
        message: z.string().optional(),
      }),
    ),
    mapping: mapping.optional(),
    comparison: z.literal(true).optional(),
    demo: z.literal(true).optional(),
  })
  .meta({ id: 'Quote' })
const many = z.object({
  object: z.literal('quote'),
  items: z.array(one),
  credits: credits_shown,
  usd: z.string(),
  demo: z.literal(true).optional(),
})

export const quotesCreate = route({
  method: 'POST',
  path: '/v1/quotes',
  operation_id: 'createQuote',
  summary: 'The price of an order, before it is made',
  description: 'Honoured to the credit for ten minutes, once. With `rate_card` it is a comparison: priced by that card, promising nothing.',
  tag: 'Money',
  caller: 'customer',
  encodings: ['json', 'multipart'],
  files: { video: VIDEO_BYTES },
  problems: [
    ...clip_problems,
    'unknown_model',
    'unsupported_duration',
    'unsupported_size',
    'no_route_available',
    'not_in_plan',
    'not_in_tier',
    'outside_guardrails',
  ],
  body,
  response: z.union([one, many]),
  async handler({ services, owner, body, encoding }) {
    if (body.videos === undefined) {
      const priced = await priceOne(services, owner, body, encoding)
      if (!('comparison' in priced)) await keepQuotes(services.videos, owner, [priced])
      return viewOf(priced)
    }
    const priced: Priced[] = []
    for (const [i, item] of body.videos.entries()) {
      try {
        priced.push(await priceOne(services, owner, { ...item, rate_card: item.rate_card ?? body.rate_card }, encoding))
      } catch (error) {
        throw placed(error, ['videos', i], encoding)
      }
    }
    const promised = priced.flatMap((one) => ('comparison' in one ? [] : [one]))
    await keepQuotes(services.videos, owner, promised)
    const items = priced.map(viewOf)
    const demo = items.some((item) => 'demo' in item && item.demo) ? { demo: true as const } : {}
    return { object: 'quote' as const, items, ...totals(items), ...demo }
  },
})

type Priced = Quote | ComparisonQuote

function viewOf(priced: Priced): QuoteView | ComparisonQuote {
  return 'comparison' in priced ? priced : quoteView(priced)
}

type Item = z.output<typeof wanted>

async function priceOne(services: Services, owner: Owner, item: Item, encoding: Source): Promise<Priced> {
  if (item.operation !== 'create') return priceDerived(services, owner, item, item.operation, encoding)
  const { seconds, complexity } = item
  const usual = defaultsOf(services, owner)
  const { model = usual.model, size = usual.size } = item
  if (item.rate_card !== undefined) return compareQuote(services.videos, owner, { model, seconds, size, complexity }, item.rate_card)
  const order = {
    operation: item.operation,
    model,
    seconds,
    size: exactSize(size),
    has_reference: item.input_reference !== undefined,
    has_characters: (item.characters ?? []).length > 0,
    source: null,
    complexity,
  }
  const { lane } = item
  const { plan } = await checkGates(services.videos, owner, { ...order, lane }, services.videos.clock())
  return newQuote(services.videos, owner, order, policyOf(item), lane, plan)
}

/** Of a remix, an edit or an extension: the clip is looked at as for the order itself, for its length and size make the price. */
async function priceDerived(
  services: Services,
  owner: Owner,
  item: Item,
  operation: Derived['operation'],
  encoding: Source,
): Promise<Priced> {
  const { videos } = services
  const { video, characters = [] } = item
  if (characters.length > 0) throw problem('invalid_value', `\`characters\` ${NO_CHARACTERS}.`, { param: 'characters' })
  if (video === undefined) throw problem('missing_required_parameter', 'Missing required parameter: `video`.', { param: 'video' })
  return withClips(services, async (clips) => {
    const source = await findSource(videos, owner, readVideo(services, clips, video, encoding))
    const { model: default_model } = defaultsOf(services, owner)
    const seconds = operation === 'extend' ? checkAdded(item.seconds) : null
    const order = derivedOrder(source, { operation, model: item.model ?? null, default_model, seconds, complexity: item.complexity })
    try {
      if (item.rate_card !== undefined) return await compareQuote(videos, owner, order, item.rate_card)
      const { lane } = item
      const { plan } = await checkGates(videos, owner, { ...order, lane }, videos.clock())
      return await newQuote(videos, owner, order, policyOf(item), lane, plan)
    } catch (error) {
      throw blameSource(error, source, order)
    }
  })
}
