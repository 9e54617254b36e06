import { useTranslation } from 'react-i18next'
import { useAddress } from '../../address/useAddress.ts'
import { Refusal } from '../../api/client.ts'
import type { Estimate } from '../../api/estimate.ts'
import { usePricedModels } from '../../compare/usePricedModels.ts'
import {
  askedOf,
  EXAMPLES,
  type Fields,
  fieldsOf,
  type RefusedShot,
  refusedShot,
  SHOTS_MAX,
  type Shot,
  searchOf,
  USUAL,
} from '../../estimate/asked.ts'
import { Earning } from '../../estimate/Earning.tsx'
import { ProjectForm } from '../../estimate/ProjectForm.tsx'
import { ShotCard } from '../../estimate/ShotCard.tsx'
import { Totals } from '../../estimate/Totals.tsx'
import { useEstimate } from '../../estimate/useEstimate.ts'
import { useMoney } from '../../format/useMoney.ts'
import { Header } from '../../session/Header.tsx'
import { Button } from '../../ui/Button.tsx'
import { Failure } from '../../ui/Failure.tsx'

const EXAMPLE_NAMES = ['hero', 'campaign', 'feature'] as const

/** What a whole project costs before any of it is made. The address holds its shots, so that a link repeats it. */
export function EstimatePage() {
  const { t } = useTranslation()
  const { fields, setFields, settled } = useAddress(fieldsOf, searchOf)
  const asked = askedOf(settled)
  const { data, error, isPlaceholderData, refetch } = useEstimate(asked)
  const current = asked !== null && !isPlaceholderData && !error
  const refused = error instanceof Refusal ? refusedShot(error.param) : null
  const stale = current ? '' : 'opacity-60'
  return (
    <>
      <title>{t('estimate.title')}</title>
      <Header take={0} />
      <main
        id="work"
        className="mx-auto grid max-w-[1160px] gap-8 px-4 pt-6 pb-16 lg:grid-cols-[minmax(0,1fr)_20rem] lg:items-start lg:gap-10 lg:px-6 lg:pt-10"
      >
        <div className="flex min-w-0 flex-col gap-4">
          <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-2">
            <h1 className="text-title font-strong">{t('estimate.heading')}</h1>
            <ul aria-label={t('estimate.examples')} className="flex flex-wrap gap-2">
              {EXAMPLE_NAMES.map((name) => (
                <li key={name}>
                  <button
                    type="button"
                    onClick={() => setFields(fieldsOf(EXAMPLES[name]))}
                    className="control rounded-control border border-line px-3 text-label hover:border-edge hover:bg-surface"
                  >
                    {t(`estimate.example.${name}`)}
                  </button>
                </li>
              ))}
            </ul>
          </div>
          <Shots
            fields={fields}
            priced={current && data ? data.shots : []}
            refused={refused && error ? { ...refused, message: error.message } : null}
            onFields={setFields}
          />
          <ProjectForm project={fields.project} onProject={(project) => setFields({ ...fields, project })} />
        </div>
        <div className="flex min-w-0 flex-col gap-4 lg:sticky lg:top-6">
          {error ? (
            <>
              {refused && <p className="font-strong">{t('estimate.shot', { number: refused.at + 1 })}</p>}
              <Failure error={error} onRetry={() => void refetch()} />
            </>
          ) : data ? (
            <div aria-busy={!current} className={stale}>
              <Totals estimate={data} />
            </div>
          ) : (
            <p className="min-h-64 text-muted">{t(asked === null ? 'estimate.asks' : 'estimate.loading')}</p>
          )}
          {asked === null && data && <p className="text-label text-failed">{t('estimate.asks')}</p>}
        </div>
        {data?.economics && fields.project.price !== '' && (
          <div aria-busy={!current} className={`min-w-0 ${stale}`}>
            <Earning economics={data.economics} />
          </div>
        )}
        {data && <Foot estimate={data} stale={stale} />}
      </main>
    </>
  )
}

/** On narrow pages the sum stays in sight while shots are edited: the paper with all of it is far below. */
function Foot({ estimate, stale }: { estimate: Estimate; stale: string }) {
  const { t } = useTranslation()
  const money = useMoney()
  return (
    <p
      aria-hidden="true"
      className="sticky bottom-0 z-10 -mx-4 flex items-baseline justify-between gap-4 border-t border-line bg-bg px-4 py-3 lg:hidden"
    >
      <span className={`text-title font-strong ${stale}`}>{money.usd(estimate.expected.usd)}</span>
      <span className="text-muted">{t('estimate.up_to', { usd: money.usd(estimate.worst.usd) })}</span>
    </p>
  )
}

interface ShotsProps {
  fields: Fields
  priced: Estimate['shots']
  refused: (RefusedShot & { readonly message: string }) | null
  onFields: (fields: Fields) => void
}

function Shots({ fields, priced, refused, onFields }: ShotsProps) {
  const { t } = useTranslation()
  const models = usePricedModels()
  const { shots } = fields
  const full = shots.length >= SHOTS_MAX
  const put = (changed: readonly Shot[]) => onFields({ ...fields, shots: changed })
  return (
    <>
      {shots.map((shot, index) => (
        <ShotCard
          // biome-ignore lint/suspicious/noArrayIndexKey: shots have no other name than their place
          key={index}
          number={index + 1}
          shot={shot}
          models={models}
          priced={priced.length === shots.length ? (priced[index] ?? null) : null}
          alone={shots.length === 1}
          refused={refused?.at === index ? refused : null}
          onShot={(changed) => put(shots.map((own, at) => (at === index ? changed : own)))}
          onDuplicate={() => !full && put(shots.toSpliced(index + 1, 0, shot))}
          onRemove={() => put(shots.toSpliced(index, 1))}
        />
      ))}
      <div className="flex flex-wrap items-center gap-3">
        <Button onClick={() => !full && put([...shots, USUAL])} aria-disabled={full}>
          {t('estimate.add')}
        </Button>
        {full && <p className="text-label text-muted">{t('estimate.full', { most: SHOTS_MAX })}</p>}
      </div>
    </>
  )
}
