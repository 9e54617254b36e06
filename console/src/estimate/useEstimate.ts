import { readEstimate } from '../api/estimate.ts'
import { useAnswer } from '../session/useAnswer.ts'

/** What the project costs. */
export function useEstimate(asked: object | null) {
  return useAnswer('/v1/projects/estimate', readEstimate, asked)
}
