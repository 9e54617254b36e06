import { z } from 'zod'
import { ADAPTER_NAMES, termsOf } from './adapters.ts'
import { guardrailsSchema } from './guardrails.ts'
import { limitsSchema } from './limits.ts'
import { MAPPING_RULES } from './mapping.ts'
import { packSchema, planSchema } from './plans.ts'
import { BAD_ENDINGS } from './provider-cost.ts'
import { rateCardSchema } from './rate-card.ts'
import { retryAlertSchema } from './retries.ts'
import { STRATEGIES } from './routing.ts'
import { tierSchema } from './tiers.ts'

// The form of the configuration file (`FILMGATE_CONFIG`). Reading it is `config-file.ts`; what it comes to is `settings.ts`.
// Messages are predicates ("must be …") and never repeat a value: it could be a key that slipped into the wrong line.

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be 1 to 63 letters, digits, dots, dashes and underscores')
  .refine((text) => !STRATEGIES.some((strategy) => strategy === text), 'must not be the name of a routing strategy')
  .refine((text) => text !== 'animatic', 'must not be animatic: that is the built-in provider')
const model_name = z.string().min(1).max(200)
const seconds = z.number().positive().max(3_600)

const KEY_FORM = 'must be text in one line of ASCII, or `{ env: NAME }` with the name of a variable in capitals'

const secret = z.union(
  [
    z.string().regex(/^[\x21-\x7e]{1,4096}$/, KEY_FORM),
    z.strictObject({ env: z.string().regex(/^[A-Z_][A-Z0-9_]{0,127}$/, 'must be the name of a variable, in capitals') }),
  ],
  KEY_FORM,
)

/** Of the wire format: what an address for callbacks must not take the place of. */
const ORDER_FIELDS = ['model', 'prompt', 'seconds', 'size', 'input_reference', 'video', 'characters', 'name']

const account_limits = z.strictObject({
  open_videos: z.int().min(1).max(1_000_000).exactOptional().describe('Videos in its hands at once; more wait.'),
  submits_per_minute: z.int().min(1).max(100_000).exactOptional().describe('Orders sent to it within any minute; more wait.'),
  submits_per_second: z.int().min(1).max(10_000).exactOptional().describe('Orders sent to it within any second; more wait.'),
})

const provider = z.strictObject({
  name: name.describe('Unique; shown in quotes, receipts and metrics.'),
  adapter: z.enum(ADAPTER_NAMES).describe('How the provider is spoken to.'),
  profile: z
    .enum(ADAPTER_NAMES.flatMap((adapter) => termsOf(adapter).profiles))
    .exactOptional()
    .describe('Dialect of an adapter that has several; of an OpenAI-compatible server `openai` unless told.'),
  base_url: z
    .string()
    .refine(isBaseUrl, 'must be an http or https address without a query, a fragment, a user or a password')
    .exactOptional()
    .describe('Up to and with the version: `https://api.example.com/v1`. By default where the vendor of the adapter is reached.'),
  api_key: secret.exactOptional().describe('Sent with every request to this provider; never printed and never stored.'),
  credentials: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be 1 to 63 letters, digits, dots, dashes and underscores'),
        api_key: secret,
        limits: account_limits.exactOptional(),
      }),
    )
    .max(100)
    .exactOptional()
    .describe(
      'Further keys beside `api_key`: each is an account of its own, with its own limits, and takes over where another one is refused.',
    ),
  options: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be small letters, digits and underscores'), secret)
    .exactOptional()
    .describe('What an adapter needs beside a key, by name: text, or `{ env: NAME }`. Never printed and never stored.'),
  models: z
    .array(
      z.union(
        [model_name, z.strictObject({ model: model_name, provider_model: model_name })],
        'must be the name of a model, or `{ model, provider_model }`',
      ),
    )
    .min(1)
    .max(200)
    .exactOptional()
    .describe('What it serves: names that customers ask for. By default all that the catalogue knows for this adapter and profile.'),
  rate_card: z.string().exactOptional().describe('What we pay this provider: the id of a shipped card or of one in `rate_cards`.'),
  bills: z
    .array(z.enum(BAD_ENDINGS))
    .max(BAD_ENDINGS.length)
    .exactOptional()
    .describe(
      'Ends without a clip that it charges for all the same, where its answers do not say what they cost; by default what the catalogue knows of its vendor.',
    ),
  limits: account_limits.exactOptional(),
  poll: z
    .strictObject({
      first_s: seconds.exactOptional().describe('Between status reads in the first minute.'),
      later_s: seconds.exactOptional().describe('Between status reads after it.'),
    })
    .exactOptional(),
  relaxed_slots: z
    .int()
    .min(1)
    .max(1_000)
    .exactOptional()
    .describe('It takes part in the relaxed lane: so many free videos at once on each of its routes, and only while no other video waits.'),
  deadline_s: z
    .int()
    .min(1)
    .max(86_400)
    .exactOptional()
    .describe(
      'After so long without a verdict the stage is `waiting_for_provider`; by default when nearly all orders of that kind would have come.',
    ),
  trusted_hosts: z
    .array(z.string().refine(isHostAndPort, 'must be of the form host:port, like 127.0.0.1:9100'))
    .max(100)
    .exactOptional()
    .describe('Other hosts that its results may be fetched from.'),
  mapping: z
    .enum(MAPPING_RULES)
    .exactOptional()
    .describe(
      'Whether it is asked for a longer or larger clip than was ordered, which is then trimmed or scaled: `nearest`, unless `exact` forbids it.',
    ),
  regions: z.array(z.string().min(1).max(63)).max(100).exactOptional().describe('Where it runs, for the `regions` of an order.'),
  callback_field: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'must be 1 to 63 letters, digits and underscores')
    .refine((field) => !ORDER_FIELDS.includes(field), 'must not be a field that every order has')
    .exactOptional()
    .describe('The field of an order in which this server takes an address to call back, like `webhook_url`. Needs `public_url`.'),
})

export const configurationSchema = z
  .strictObject({
    providers: z.array(provider).max(1_000).exactOptional(),
    rate_cards: z.array(rateCardSchema).max(1_000).exactOptional().describe('Price lists beside the shipped ones.'),
    customer_rate_card: z.string().exactOptional().describe('What customers pay unless their own setting says otherwise.'),
    plans: z.array(planSchema).max(100).exactOptional().describe('What customers may subscribe to, beside the shipped plans.'),
    packs: z.array(packSchema).max(100).exactOptional().describe('Credits that are bought once, beside the shipped packs.'),
    public_url: z
      .string()
      .max(1_000)
      .refine(isBaseUrl, 'must be an http or https address without a query, a fragment, a user or a password')
      .exactOptional()
      .describe('Where this server is reached from outside, like `https://films.example.com`: providers call back there.'),
    limits: limitsSchema
      .exactOptional()
      .describe('What every customer may ask for who was given no limits of their own; nothing is limited unless told.'),
    tiers: z
      .array(tierSchema)
      .min(1)
      .max(100)
      .exactOptional()
      .describe('Usage tiers, instead of the shipped ones, for customers to whom a tier was assigned.'),
    retry_alert: retryAlertSchema
      .exactOptional()
      .describe('When `GET /v1/retries` and the metrics call a share of retried videos too high.'),
    guardrails: guardrailsSchema
      .exactOptional()
      .describe('What may be ordered by every customer who was given no guardrails of their own; whatever is sold unless told.'),
  })
  .meta({ title: 'Filmgate configuration', description: 'The file that FILMGATE_CONFIG names, as YAML or JSON.' })

export type Configuration = z.output<typeof configurationSchema>
export type ProviderConfiguration = z.output<typeof provider>

/** What is wrong, as a predicate about the place at `path`. */
export interface Mistake {
  readonly outcome: 'mistake'
  readonly path: readonly (string | number)[]
  readonly what: string
}

export function mistake(path: Mistake['path'], what: string): Mistake {
  return { outcome: 'mistake', path, what }
}

/** As `net/trusted.ts` reads them. */
function isHostAndPort(text: string): boolean {
  const [, host = '', port = ''] = /^([A-Za-z0-9._-]+|\[[0-9a-f:]+\]):(\d{1,5})$/.exec(text) ?? []
  return URL.parse(`http://${host}/`) !== null && Number(port) >= 1 && Number(port) <= 65_535
}

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false
  return url.search === '' && url.hash === '' && url.username === '' && url.password === ''
}
