import { CLASS_SIZES } from '../order.ts'
import type { Ability } from './entry.ts'

/** Every size of every class, those most asked for first. */
export const ALL_SIZES: readonly string[] = [
  ...CLASS_SIZES['720p'],
  ...CLASS_SIZES['1024p'],
  ...CLASS_SIZES['1080p'],
  ...CLASS_SIZES['480p'],
]

export const EVERYTHING: readonly Ability[] = ['create', 'remix', 'edit', 'extend', 'character']
