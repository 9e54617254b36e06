import { readComparison } from '../api/comparison.ts'
import { useAnswer } from '../session/useAnswer.ts'
import type { Asked } from './asked.ts'

/** Everybody's prices for one clip. */
export function useComparison(asked: Asked | null) {
  return useAnswer('/v1/comparisons', readComparison, asked)
}
