import { z } from 'zod'
import { idempotencyRider, recall, scopeOf } from '../../access/idempotency.ts'
import type { Owner } from '../../access/owner.ts'
import { PROBLEMS, type Problem, problem } from '../../domain/problems.ts'
import type { Instant } from '../../domain/time.ts'
import type { Outcome } from '../../ledger/outcome.ts'
import { budgetProblem, budgetRiders, isBudget } from '../../videos/budget.ts'
import { insufficient } from '../../videos/offers.ts'
import { fingerprint } from '../body.ts'
import { route } from '../route.ts'
import type { Services } from '../services.ts'
import { showUsage, type Used, usage_fields, usage_object, usageOperation } from './usage.ts'

const MOST = 100
const LONGEST_ID = 255

const record = z.object({
  id: z
    .string()
    .min(1)
    .max(LONGEST_ID)
    .regex(/^[\x20-\x7e]*$/, { error: 'must be of plain characters: letters, digits, punctuation' })
    .meta({ description: 'Your name of this record, at most 255 characters: for 30 days it is one usage, however often it is sent.' }),
  ...usage_fields,
})

const result = z.object({
  id: z.string().meta({ description: "The record's id, as it was sent." }),
  status: z
    .enum(['recorded', 'repeated', 'refused'])
    .meta({ description: '`repeated`: it had been recorded before, and is shown as it is now.' }),
  usage: usage_object.nullable(),
  error: z
    .looseObject({ code: z.string(), message: z.string(), type: z.string() })
    .nullable()
    .meta({ description: 'Why it was refused, as such a usage by itself would have been told.' }),
})
type Result =
  | { readonly status: 'recorded' | 'repeated'; readonly op: string }
  | { readonly status: 'refused'; readonly error: ReturnType<typeof errorOf> }

export const usageBatch = route({
  method: 'POST',
  path: '/v1/usage/batch',
  operation_id: 'recordUsageBatch',
  summary: 'Record the usage of many calls at once. Each record is one usage, by its own id.',
  description:
    'Up to 100 records, taken in their order, each for itself: one that is refused (for want of credits, say) stops no other. A body with a mistake in it is refused ' +
    "whole. Send it again with the same ids as often as you like: what was recorded is not recorded twice. A record's id is an idempotency key like that of " +
    '`POST /v1/usage`; the header of that name is not looked at here.',
  tag: 'Money',
  caller: 'customer',
  body: z.object({ records: z.array(record).min(1).max(MOST) }),
  response: z.object({ object: z.literal('usage_batch'), data: z.array(result) }),
  async handler({ services, owner, body, now }) {
    const scope = scopeOf(owner)
    const asked = body.records.map((one) => ({ ...one, op: services.uuid(), request_hash: hashOf(one) }))
    const before = await Promise.all(asked.map(({ id, request_hash }) => recall(services.pool, scope, id, request_hash, now)))
    const budgets = await Promise.all(asked.map(({ credits }) => budgetRiders(services.videos, owner, credits, now)))
    // Handed over in one go, in their order: they are committed together.
    const outcomes = await Promise.all(
      asked.map(({ id, op, request_hash, ...used }, i) => {
        if (before[i]?.outcome !== 'none') return null
        const row = { scope, key: id, operation: 'POST /v1/usage', request_hash, resource: op, sealed: null, created_ms: now }
        return services.ledger.commit(usageOperation(owner, op, used), [idempotencyRider(row), ...(budgets[i] ?? [])])
      }),
    )
    const results = await Promise.all(
      asked.map(async ({ id, op, request_hash, credits }, i): Promise<Result> => {
        const outcome = outcomes[i] ?? null
        if (outcome?.outcome === 'committed') return { status: 'recorded', op }
        // A twin that was faster shows as a guard that failed, or took the credits that this one lacks.
        const found = outcome === null ? before[i] : await recall(services.pool, scope, id, request_hash, now)
        if (found?.outcome === 'same') return { status: 'repeated', op: found.resource }
        const why = found?.outcome === 'conflict' ? conflict() : await refusal(services.videos, owner, credits, now, outcome)
        return { status: 'refused', error: errorOf(why) }
      }),
    )
    const ops = results.flatMap((one) => (one.status === 'refused' ? [] : [one.op]))
    const usages = new Map((await services.ledger.usages(owner, [...new Set(ops)])).map((usage) => [usage.id, showUsage(usage)]))
    const data = asked.map(({ id }, i) => {
      const one = results[i]
      if (one === undefined || one.status === 'refused') return { id, status: 'refused' as const, usage: null, error: one?.error ?? null }
      return { id, status: one.status, usage: usages.get(one.op) ?? null, error: null }
    })
    return { object: 'usage_batch' as const, data }
  },
})

/** The hash that the record would have as a request of its own. */
function hashOf({ credits, description, metadata }: Used): Uint8Array {
  return fingerprint('POST', '/v1/usage', { credits: Number(credits), description, metadata })
}

function conflict(): Problem {
  return problem('idempotency_conflict', 'This id was used for another usage; use a new id for a new usage.')
}

async function refusal(parts: Services['videos'], owner: Owner, credits: bigint, now: Instant, outcome: Outcome | null): Promise<Problem> {
  if (outcome?.outcome === 'insufficient') return insufficient(parts, owner, outcome, null)
  if (outcome?.outcome === 'guard_failed' && isBudget(outcome.rider)) return budgetProblem(parts, owner, credits, now)
  if (outcome?.outcome === 'guard_failed') return problem('overloaded', 'A record of this id is under way; send it again.')
  throw new Error(`usage was answered with ${outcome?.outcome}`)
}

function errorOf({ code, message, extra }: Problem) {
  return { code, message, type: PROBLEMS[code].type, ...extra }
}
