import { type Job, type Submission, standing } from './job.ts'

export interface BillLine {
  readonly id: string
  readonly operation: Submission
  readonly model: string
  /** Newly made: of an extension only what is added. */
  readonly seconds: number
  readonly size: string
  readonly usd: number
}

/** Cents a second, as the vendor's price list had them. */
function cents(model: string, size: string): number {
  if (!model.startsWith('sora-2-pro')) return model.startsWith('sora-2') ? 10 : 0
  const [longer = 0] = size
    .split('x')
    .map(Number)
    .sort((a, b) => b - a)
  return longer >= 1920 ? 70 : longer >= 1792 ? 50 : 30
}

/** A line for each job, but for those that were stopped, and failed ones that are not `billed`. */
export function bill(taken: readonly Job[], now: number): readonly BillLine[] {
  return taken
    .filter((job) => standing(job, now).billed)
    .map(({ id, ordered: { operation, model, seconds, size } }) => {
      return { id, operation, model, seconds, size, usd: Math.round(cents(model, size) * seconds) / 100 }
    })
}
