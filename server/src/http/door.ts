import type { FastifyRequest } from 'fastify'
import { authenticate } from '../access/authenticate.ts'
import { problem } from '../domain/problems.ts'
import type { Known } from './route.ts'
import type { Services } from './services.ts'

/**
 * Finds out who calls, from `Authorization: Bearer` or `api-key`, and for whom (`Filmgate-Customer`).
 * @throws Problem invalid_api_key, not_found (an operator named no customer of ours), operator_key_required
 */
export async function callerOf(request: FastifyRequest, services: Services): Promise<Known> {
  const acting_for = header(request, 'filmgate-customer')
  const caller = await authenticate(services.pool, services.hash_key, presentedKey(request), acting_for)
  switch (caller.kind) {
    case 'customer':
    case 'operator':
      return caller
    case 'refused':
      throw problem('invalid_api_key', REFUSED[caller.reason])
    case 'no_such_customer':
      throw problem('not_found', 'There is no customer of the id that the header Filmgate-Customer names.', { param: 'Filmgate-Customer' })
    case 'operator_needed':
      throw problem('operator_key_required', "Only an operator's key may act for another customer.", { param: 'Filmgate-Customer' })
  }
}

const REFUSED = {
  missing: 'No API key was sent. Send it as `Authorization: Bearer KEY`, or in the header `api-key`.',
  unknown: 'This API key is not known here. Check that it is complete and belongs to this server.',
  revoked: 'This API key was revoked. Ask for a new one.',
} as const

function presentedKey(request: FastifyRequest): string | null {
  const authorization = header(request, 'authorization')
  const bearer = authorization === null ? null : /^bearer +(\S+)$/i.exec(authorization.trim())?.[1]
  return bearer ?? header(request, 'api-key')
}

/** A request header as one text; null when it is absent. */
export function header(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name]
  return (Array.isArray(value) ? value.join(', ') : value) ?? null
}

const LONGEST_IDEMPOTENCY_KEY = 255

/** The Idempotency-Key header. @throws Problem invalid_value when it is empty, too long or has control characters. */
export function idempotencyKeyOf(request: FastifyRequest): string | null {
  const key = header(request, 'idempotency-key')
  if (key === null) return null
  const param = 'Idempotency-Key'
  if (key === '') throw problem('invalid_value', '`Idempotency-Key` must not be empty; leave the header out or give it a value.', { param })
  if (key.length > LONGEST_IDEMPOTENCY_KEY) {
    throw problem('invalid_value', `\`Idempotency-Key\` must have at most 255 characters; it has ${key.length}.`, { param })
  }
  if (!/^[\x20-\x7e\xa0-\xff]+$/.test(key)) throw problem('invalid_value', '`Idempotency-Key` must not have control characters.', { param })
  return key
}
