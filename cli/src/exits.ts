/** Everything that a run can end with. Closed: scripts branch on these, so a number never changes its meaning. */
export const EXIT = {
  ok: 0,
  /** Our own mistake. */
  unexpected: 1,
  /** The command line is wrong. */
  usage: 2,
  /** No key, a wrong one, or one that may not do this. */
  forbidden: 3,
  not_found: 4,
  /** The gateway read the request and refused what it says. */
  invalid: 5,
  /** Not enough credits, a budget or a limit in between, or nobody agreed to the price. */
  credits: 6,
  rate_limited: 7,
  /** The video ended without a result; nothing was charged. */
  job_failed: 8,
  /** Waiting took longer than allowed; what was waited for goes on. */
  timeout: 9,
  /** No gateway, no network, or a gateway that can not serve now. */
  network: 10,
  /** A check (audit, catalogue check, doctor) found something wrong. */
  unsound: 11,
  /** Ctrl-C. */
  interrupted: 130,
} as const

export type Exit = (typeof EXIT)[keyof typeof EXIT]

export interface FailureDetails {
  /** Stable; the API's own code where the API refused. */
  readonly code: string
  readonly message: string
  readonly request_id?: string | null
  /** Whether this run may have cost anything: `unknown` when an answer was lost. */
  readonly charged?: false | 'unknown'
  /** More for `--json`, as the API said it: `offers`, `rows`, … */
  readonly more?: Readonly<Record<string, unknown>>
  /** Further lines for people, below the sentence. */
  readonly advice?: readonly string[]
}

/** Ends the run with one clear sentence. What is thrown otherwise is our own mistake and ends with 1. */
export class Failure extends Error {
  readonly exit: Exit
  readonly details: FailureDetails

  constructor(exit: Exit, details: FailureDetails) {
    super(details.message)
    this.exit = exit
    this.details = details
  }
}

/** The command line is wrong: which word, and what would do. */
export function usage(message: string, advice: readonly string[] = []): Failure {
  return new Failure(EXIT.usage, { code: 'usage', message, advice })
}
