import { z } from 'zod'
import { timeZone } from '../access/customers.ts'
import { isDate } from '../domain/calendar.ts'
import type { Instant } from '../domain/time.ts'

// Fields that several routes share. Messages are predicates: `issues.ts` puts the field's name in front.

/** Whole credits, from 1 to what JSON numbers hold exactly. */
export const credits_field = z
  .int()
  .min(1)
  .transform(BigInt)
  .meta({ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Whole credits.' })

/** An amount of credits in an answer. */
export const credits_shown = z.int().meta({ description: 'Whole credits.' })

const LONGEST_NAME = 200
export const name_field = z.string().trim().min(1).max(LONGEST_NAME)

export const reason_field = z.string().min(1).max(1_000)

/** Text that goes from a form or a query into a number: `limit=20`, `seconds=8`. Numbers pass as they are. */
export function wholeNumber(least: number, most: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value),
    z.int().min(least).max(most),
  )
}

/** `true` and `false`, also as the text that forms and queries carry. */
export const truth = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean())

const MOST_PAIRS = 16
const LONGEST_PAIR_NAME = 64
const LONGEST_PAIR_VALUE = 512

/** Up to 16 pairs of text, returned as given. */
export const metadata_field = z
  .record(z.string().min(1).max(LONGEST_PAIR_NAME), z.string().max(LONGEST_PAIR_VALUE))
  .refine((pairs) => Object.keys(pairs).length <= MOST_PAIRS, { error: `must have at most ${MOST_PAIRS} pairs` })

/** An IANA time zone, in its canonical spelling from here on. */
export const time_zone_field = z
  .string()
  .max(64)
  .transform((name, context) => {
    const zone = timeZone(name)
    if (zone !== null) return zone
    context.addIssue({ code: 'custom', message: 'must be an IANA time zone such as "Europe/Berlin" or "UTC"' })
    return z.NEVER
  })
  .meta({ type: 'string', examples: ['Europe/Berlin'] })

/** A day on the calendar of whom it is about. */
export const date_field = z
  .string()
  .refine(isDate, { error: 'must be a day that exists, such as "2026-03-29"' })
  .meta({ type: 'string', format: 'date' })

const END_OF_9999_S = 253_402_300_799

/** Unix seconds, inside as milliseconds. */
export const unix_seconds = z
  .int()
  .min(0)
  .max(END_OF_9999_S)
  .transform((seconds): Instant => seconds * 1000)
  .meta({ type: 'integer', description: 'Unix seconds.' })

/** The same as text in a query. */
export const unix_seconds_text = wholeNumber(0, END_OF_9999_S).transform((seconds): Instant => seconds * 1000)

/** Dollars as decimal text, up to six places, inside as whole micro-dollars. */
export const usd_field = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,6})?$/, { error: 'must be dollars as decimal text such as "9.99", with at most six places' })
  .transform((text) => {
    const [whole = '0', places = ''] = text.split('.')
    return BigInt(whole) * 1_000_000n + BigInt(places.padEnd(6, '0'))
  })
  .meta({ type: 'string', examples: ['9.99'] })

/** Ids in paths and cursors: whatever it is, a wrong one is simply not found. */
export const id_field = z.string().min(1).max(200)

export const reference_field = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .meta({ description: 'Your name for the payment: told twice it is one payment.' })
