import { useTranslation } from 'react-i18next'
import type { Row } from '../api/comparison.ts'

/** What a seller is called: our plans and packs have names such as `Pro` that say nothing by themselves. */
export function useNames(): (row: Row) => string {
  const { t } = useTranslation()
  return ({ kind, name }) => (kind === 'plan' || kind === 'pack' ? t(`compare.named.${kind}`, { name }) : name)
}
