import type { ErrorShape } from '../answer.ts'

const NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
}

export const BLOCKED_PROMPT =
  "The prompt could not be submitted. This prompt contains words that violate Google's Responsible AI practices. Support codes: 58061214"

/** `google.rpc.Status`. What is wrong has no code of its own beyond that: words say it. */
export const googleErrors: ErrorShape = (status, code, message) => {
  const words: Readonly<Record<string, string>> = {
    moderation_blocked: BLOCKED_PROMPT,
    model_not_found: 'models/that-one is no longer available to new users. Please use a newer model.',
  }
  // `retry_7s`: how long to wait is said in the details.
  const [, retryDelay] = /^retry_(\d+s)$/.exec(code) ?? []
  const details = retryDelay === undefined ? {} : { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }] }
  return { error: { code: status, message: words[code] ?? message, status: NAMES[status] ?? 'INTERNAL', ...details } }
}
