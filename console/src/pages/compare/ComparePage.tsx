import { useTranslation } from 'react-i18next'
import { useAddress } from '../../address/useAddress.ts'
import { type Asked, askedOf, fieldsOf, searchOf } from '../../compare/asked.ts'
import { CompareForm } from '../../compare/CompareForm.tsx'
import { NotSold } from '../../compare/NotSold.tsx'
import { PriceChart } from '../../compare/PriceChart.tsx'
import { PriceTable } from '../../compare/PriceTable.tsx'
import { useComparison } from '../../compare/useComparison.ts'
import { usePricedModels } from '../../compare/usePricedModels.ts'
import { Header } from '../../session/Header.tsx'
import { Failure } from '../../ui/Failure.tsx'
import { Notice } from '../../ui/Notice.tsx'

/** What a clip costs here and elsewhere. The address holds what was asked, so that a link repeats it. */
export function ComparePage() {
  const { t } = useTranslation()
  const { fields, setFields, settled } = useAddress(fieldsOf, searchOf)
  const models = usePricedModels()
  const asked = askedOf(settled)
  return (
    <>
      <title>{t('compare.title')}</title>
      <Header take={0} />
      <main
        id="work"
        className="mx-auto grid max-w-[1160px] gap-6 px-4 pt-6 pb-16 lg:grid-cols-[14rem_minmax(0,1fr)] lg:items-start lg:gap-10 lg:px-6 lg:pt-10"
      >
        <div className="flex flex-col gap-4 lg:sticky lg:top-6">
          <h1 className="text-title font-strong">{t('compare.heading')}</h1>
          <CompareForm fields={fields} models={models} onFields={setFields} />
        </div>
        <Results asked={asked} />
      </main>
    </>
  )
}

function Results({ asked }: { asked: Asked | null }) {
  const { t } = useTranslation()
  const { data, error, isPlaceholderData, refetch } = useComparison(asked)
  if (error) return <Failure error={error} onRetry={() => void refetch()} />
  if (!data) return <p className="min-h-[32rem] text-muted">{asked === null ? t('compare.asks') : t('compare.loading')}</p>
  const sold = data.rows.filter(({ usd }) => usd !== null)
  return (
    <div
      aria-busy={isPlaceholderData}
      className={`flex min-w-0 flex-col gap-10 ${isPlaceholderData || asked === null ? 'opacity-60' : ''}`}
    >
      {sold.length > 0 ? (
        <>
          <PriceChart rows={sold} clips={data.clips_per_month} />
          <PriceTable rows={sold} clips={data.clips_per_month} />
        </>
      ) : (
        <Notice ink="unknown">{t('compare.empty')}</Notice>
      )}
      <NotSold rows={data.rows.filter(({ usd }) => usd === null)} />
    </div>
  )
}
