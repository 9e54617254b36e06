import type { FilmgateError } from '@filmgate/client'
import { EXIT, type Exit, Failure } from './exits.ts'

const EXIT_OF_KIND: Readonly<Record<FilmgateError['kind'], Exit>> = {
  invalid_request: EXIT.invalid,
  authentication: EXIT.forbidden,
  permission: EXIT.forbidden,
  insufficient_credits: EXIT.credits,
  not_found: EXIT.not_found,
  conflict: EXIT.invalid,
  too_large: EXIT.invalid,
  rate_limited: EXIT.rate_limited,
  server: EXIT.network,
  unreachable: EXIT.network,
  not_filmgate: EXIT.network,
  aborted: EXIT.interrupted,
}

/** What a refusal or a lost connection ends with. Any other error is our own mistake and stays as it is. */
export async function failureOf(error: unknown): Promise<Failure | null> {
  if (error instanceof Failure) return error
  // Only here: a run that succeeds need not load what errors are made of.
  const { FilmgateError } = await import('@filmgate/client')
  if (!(error instanceof FilmgateError)) return null
  const { kind, code, request_id, charged, param, details } = error
  return new Failure(EXIT_OF_KIND[kind], {
    code: code === 'unlisted' && typeof details.code === 'string' ? details.code : code,
    message: error.message,
    request_id,
    charged,
    more: { ...(param !== null && { param }), ...moreOf(details) },
    advice: adviceFor(error),
  })
}

/** What the API adds to a refusal, for `--json`. */
function moreOf(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { message: _message, type: _type, code: _code, param: _param, ...more } = details
  return more
}

function adviceFor(error: FilmgateError): readonly string[] {
  const advice: string[] = []
  if (error.code === 'unreachable')
    advice.push('Start one with `npm start` or `filmgate serve`, or name another with --url or FILMGATE_URL.')
  if (error.code === 'customer_required') advice.push('With an operator key, say for whom: --customer ID or FILMGATE_CUSTOMER.')
  if (error.code === 'operator_key_required')
    advice.push('This is the operator’s: set FILMGATE_KEY to an operator key, or give --key-file.')
  if (error.code === 'invalid_api_key') advice.push('Look where the key came from with `filmgate config show --origin`.')
  if (error.charged === 'unknown' && error.kind === 'unreachable') advice.push('Whether it arrived is not known.')
  for (const offer of error.offers) {
    if (offer.kind === 'wait' && offer.available_at !== undefined)
      advice.push(`Wait until ${new Date(offer.available_at * 1000).toISOString()}: then there is enough.`)
    if (offer.kind === 'cheaper' && offer.credits !== undefined)
      advice.push(`Cheaper: ${offer.credits} credits for ${JSON.stringify(offer.request)}`)
    if (offer.kind === 'pack') advice.push(`Pack ${offer.pack}: ${offer.credits} credits for $${offer.usd}.`)
    if (offer.kind === 'plan') advice.push(`Plan ${offer.plan}: ${offer.credits} credits at once, $${offer.usd} a month.`)
  }
  return advice
}
