import { useTranslation } from 'react-i18next'
import { useAddress } from '../../address/useAddress.ts'
import { AdviseForm } from '../../advise/AdviseForm.tsx'
import { type Asked, askedOf, fieldsOf, furtherThan, type Need, searchOf } from '../../advise/asked.ts'
import { cheapestOf, othersOf } from '../../advise/curves.ts'
import { MixPaper } from '../../advise/MixPaper.tsx'
import { Cards, Infeasible, Refused, RuleOfThumb } from '../../advise/Notes.tsx'
import { useAdvice } from '../../advise/useAdvice.ts'
import { BreakEven, Ways } from '../../advise/Ways.tsx'
import type { Advice, Mix } from '../../api/advice.ts'
import { CurveChart } from '../../chart/CurveChart.tsx'
import { usePricedModels } from '../../compare/usePricedModels.ts'
import { useMoney } from '../../format/useMoney.ts'
import { Header } from '../../session/Header.tsx'
import { Failure } from '../../ui/Failure.tsx'
import { Notice } from '../../ui/Notice.tsx'

/** Of the chart above the cheapest line: others may cost fifty times as much. */
const HEADROOM = 1.6
/** More would stand upon each other. */
const MARKS_MAX = 6

/** The cheapest way to a month's clips. The address holds what was asked, so that a link repeats it. */
export function AdvisePage() {
  const { t } = useTranslation()
  const { fields, setFields, settled } = useAddress(fieldsOf, searchOf)
  const models = usePricedModels()
  const loosen = (need: Need) => setFields({ ...fields, needs: fields.needs.filter((own) => own !== need) })
  return (
    <>
      <title>{t('advise.title')}</title>
      <Header take={0} />
      <main
        id="work"
        className="mx-auto grid max-w-[1160px] gap-8 px-4 pt-6 pb-16 lg:grid-cols-[18rem_minmax(0,1fr)] lg:items-start lg:gap-10 lg:px-6 lg:pt-10"
      >
        <div className="flex min-w-0 flex-col gap-4">
          <h1 className="text-title font-strong">{t('advise.heading')}</h1>
          <AdviseForm fields={fields} models={models} onFields={setFields} />
        </div>
        <Answer asked={askedOf(settled)} onLoosen={loosen} />
      </main>
    </>
  )
}

function Answer({ asked, onLoosen }: { asked: Asked | null; onLoosen: (need: Need) => void }) {
  const { t } = useTranslation()
  const { data, error, isPlaceholderData, refetch } = useAdvice(asked)
  if (error) return <Failure error={error} onRetry={() => void refetch()} />
  if (!data) return <p className="min-h-[40rem] text-muted">{t(asked === null ? 'advise.asks' : 'advise.loading')}</p>
  return (
    <div
      aria-busy={isPlaceholderData}
      className={`flex min-w-0 flex-col gap-10 ${isPlaceholderData || asked === null ? 'opacity-60' : ''}`}
    >
      {data.cheapest && data.feasible ? (
        <Found advice={data} cheapest={data.cheapest} asked={isPlaceholderData ? null : asked} />
      ) : (
        <Infeasible advice={data} onLoosen={onLoosen} />
      )}
      <Refused refused={data.refused} />
      <Cards cards={data.cards} />
    </div>
  )
}

interface FoundProps {
  advice: Advice
  cheapest: Mix
  /** Null while another answer is awaited. */
  asked: Asked | null
}

function Found({ advice, cheapest, asked }: FoundProps) {
  const { t } = useTranslation()
  const money = useMoney()
  // Of the answer and not of the form: its figures and its volume are never of two questions.
  const { clips_per_month: clips, break_even, alternatives, rule_of_thumb: rule } = advice
  const turn = break_even.find(({ from_clips }) => from_clips > clips)?.from_clips ?? 0
  const further = useAdvice(asked && furtherThan(asked, turn)).data
  const drawn = further?.feasible ? further : advice
  const { curve } = drawn
  const ends = curve.at(-1)?.clips ?? 0
  const turns = break_even.slice(1).flatMap(({ from_clips: x, usd_at_from }) => (x <= ends && usd_at_from ? [{ x, usd: usd_at_from }] : []))
  const marks = turns.slice(0, MARKS_MAX)
  const usd = money.usd(cheapest.usd)
  return (
    <>
      <section aria-label={t('advise.answer')} className="flex flex-col gap-4">
        <div role="status" className="flex flex-col gap-1">
          <p className="text-muted">{t('advise.cheapest_for', { count: clips, clips: money.whole(clips) })}</p>
          <p className="flex flex-wrap items-baseline gap-x-3">
            <span className="text-figure font-strong">{usd}</span>
            <span className="text-muted">{t('advise.a_month')}</span>
            {cheapest.usd_per_clip !== null && (
              <span className="text-muted">{t('advise.per_clip', { usd: money.usd(cheapest.usd_per_clip) })}</span>
            )}
          </p>
          <p className="text-title font-strong">{cheapest.name}</p>
        </div>
        {!advice.proven && <Notice ink="unknown">{t('advise.not_proven')}</Notice>}
        <MixPaper mix={cheapest} />
        {rule && <RuleOfThumb rule={rule} />}
      </section>
      {curve.length > 1 && (
        <CurveChart
          heading={t('advise.chart')}
          label={t('advise.chart_label', { clips: money.whole(clips), usd, name: cheapest.name })}
          across={t('advise.across')}
          main={cheapestOf(drawn, t('advise.cheapest_line'))}
          others={othersOf(drawn)}
          headroom={HEADROOM}
          marks={marks}
          here={clips <= ends ? { x: clips, usd: cheapest.usd, name: usd } : null}
        />
      )}
      <Ways cheapest={cheapest} others={alternatives} />
      <BreakEven stretches={break_even} shown={marks.length} />
    </>
  )
}
