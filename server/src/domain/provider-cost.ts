/** What we owe a provider for one attempt, in micro-dollars. */
export interface ProviderCost {
  readonly micro: bigint
  /** `reported` by the provider, or `estimated` from the quote by the table below. */
  readonly source: 'reported' | 'estimated'
}

/** Endings without a clip, which a provider may charge for all the same. */
export const BAD_ENDINGS = ['moderation_blocked', 'provider_rejected', 'provider_failed', 'cancelled'] as const
export type BadEnding = (typeof BAD_ENDINGS)[number]

/** How a provider's work on an attempt ended, or that nobody knows yet. */
export type Ending = 'succeeded' | 'no_verdict' | BadEnding

/**
 * Whether a provider that says nothing about its bill is taken to bill such an ending.
 * Published price lists bill finished clips; a missing verdict is counted as billed, since it usually means a clip that came too late.
 */
const BILLED: Readonly<Record<Ending, boolean>> = {
  succeeded: true,
  no_verdict: true,
  moderation_blocked: false,
  provider_rejected: false,
  provider_failed: false,
  cancelled: false,
}

/**
 * The cost of an ended attempt. What the provider reported always wins.
 * @param quoted_micro what the quote expected it to cost us
 * @param bills what this provider charges for beside clips, by its operator's word
 */
export function providerCost(
  ending: Ending,
  reported_micro: bigint | null,
  quoted_micro: bigint,
  bills: readonly BadEnding[] = [],
): ProviderCost {
  if (reported_micro !== null) return { micro: reported_micro, source: 'reported' }
  const is_billed = BILLED[ending] || bills.some((bad) => bad === ending)
  return { micro: is_billed ? quoted_micro : 0n, source: 'estimated' }
}

/** Why we pay for an attempt and no customer does. */
export type LossKind =
  | 'expired'
  | 'late_success'
  | 'late_failure'
  | 'late_acceptance'
  | 'output_invalid'
  | 'failed_billed'
  | 'cancelled_billed'
