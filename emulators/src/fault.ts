/**
 * How one request goes wrong. A status is answered in the API's error shape before anything happens, or with `after` once the request was carried
 * out. `before` and `after` in a name say the same.
 */
export type Fault =
  | number
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly code?: string
      readonly message?: string
      readonly after?: boolean
    }
  | NamedFault

export const NAMED_FAULTS = [
  /** The connection ends while the body is still under way. By script only: a sentinel is in that body. */
  'cut_upload',
  /** The connection ends without an answer. */
  'drop_before',
  'drop_after',
  /** No answer until the server stops. */
  'hang_before',
  'hang_after',
  /** The body of the answer ends half-way. */
  'truncated',
  /** The body of the answer stops half-way, and the connection stays. */
  'hang_half',
  /** A page instead of an answer: from a proxy that knows no better. */
  'html',
  'html_502',
  'html_503',
  /** An answer in the right shape that names nothing. */
  'empty',
  /** A clip that is none: text under the name of MP4. */
  'not_a_video',
] as const
export type NamedFault = (typeof NAMED_FAULTS)[number]

/** Whoever asked waits for ever. */
export const HANGING: ReadonlySet<Fault> = new Set(['hang_before', 'hang_after', 'hang_half'])

/** Whether the request is carried out first, and the answer is what goes wrong. */
export function isAfter(fault: Fault): boolean {
  if (typeof fault === 'object') return fault.after === true
  return ['drop_after', 'hang_after', 'hang_half', 'truncated', 'empty', 'not_a_video'].some((name) => name === fault)
}

/** As a sentinel spells it: `429`, `500_after`, `throttled` (a 429 with Retry-After), or a name of the list. */
export function readFault(text: string): Fault | null {
  const [, status, after] = /^(\d{3})(_after)?$/.exec(text) ?? []
  if (status !== undefined) return { status: Number(status), after: after !== undefined }
  if (text === 'throttled') return { status: 429, headers: { 'retry-after': '1' } }
  return NAMED_FAULTS.find((name) => name === text) ?? null
}
