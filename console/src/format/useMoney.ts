import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { formatCredits, formatDecimal, formatUsd, formatWhole } from './credits.ts'

/** The one way a component writes an amount: `credits(40)` is `40 cr` on every screen. */
export function useMoney() {
  const { i18n } = useTranslation()
  const language = i18n.language
  return useMemo(
    () => ({
      credits: (value: number) => formatCredits(value, language),
      whole: (value: number) => formatWhole(value, language),
      usd: (value: string) => formatUsd(value, language),
      decimal: (value: string) => formatDecimal(value, language),
    }),
    [language],
  )
}
