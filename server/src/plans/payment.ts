/** A payment that was made: what a payment service hands over. The built-in one is an operator who says so. */
export interface Payment {
  /** Whose payment it is; `manual` for the built-in one. */
  readonly method: string
  /** The service's own name of it: told twice it is one payment. */
  readonly reference: string | null
  /** The id of our row, when it was promised before and is there now. */
  readonly promised?: string
}

/** What the built-in one calls itself. */
export const MANUAL = 'manual'

/** An operator says that it was paid. */
export function manual(reference: string | null): Payment {
  return { method: MANUAL, reference }
}
