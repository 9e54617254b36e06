import { readAdvice } from '../api/advice.ts'
import { useAnswer } from '../session/useAnswer.ts'
import type { Asked } from './asked.ts'

/** The cheapest way to so many clips. */
export function useAdvice(asked: Asked | null) {
  return useAnswer('/v1/plans/advise', readAdvice, asked)
}
