import { useTranslation } from 'react-i18next'
import { useMoney } from '../format/useMoney.ts'
import { furthest, highest, pathOf, type Series, share, ticksOf } from './scale.ts'

interface Props {
  heading: string
  /** What the picture shows, in one sentence with its most important figure. */
  label: string
  /** What is counted from left to right. */
  across: string
  main: Series
  others: readonly Series[]
  /** So many times as high as the main line the picture goes for the others: those beyond would press it flat, and leave at the top. */
  headroom: number
  /** Points on the main line that the text below explains by their numbers. */
  marks: readonly { readonly x: number; readonly usd: string }[]
  /** Where the reader stands. */
  here: { readonly x: number; readonly usd: string; readonly name: string } | null
}

/** Dashes of the lines beside the main one: they differ without colour. */
const DASHES = ['6 4', '1.5 4', '12 4 2 4']
const OTHERS_MAX = DASHES.length
/** Cost against volume. Lines are drawn to scale; figures stand in the table below. */
export function CurveChart({ heading, label, across, main, others, headroom, marks, here }: Props) {
  const money = useMoney()
  const { t } = useTranslation()
  const shown = others.slice(0, OTHERS_MAX)
  const most_x = furthest([main])
  const top = Math.max(highest([main]) || highest(shown), Math.min(highest(shown), highest([main]) * headroom))
  const ticks = ticksOf(top, 4)
  const most_usd = ticks.at(-1) ?? 1
  const columns = ticksOf(most_x, 4).filter((x) => x <= most_x)
  return (
    <figure className="flex flex-col gap-3">
      <figcaption className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <span className="text-title font-strong">{heading}</span>
        <span aria-hidden="true" className="flex flex-wrap gap-x-4 text-label text-muted">
          <Key width={2.5}>{main.name}</Key>
          {shown.map(({ name }, index) => (
            <Key key={name} width={1.5} dashes={DASHES[index]}>
              {name}
            </Key>
          ))}
          {marks.length > 0 && (
            <span className="flex items-center gap-2">
              <span className="size-2.5 rounded-full border-2 border-text bg-surface" />
              {t('chart.mark')}
            </span>
          )}
        </span>
      </figcaption>
      <div role="img" aria-label={label} className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 text-label text-muted">
        <div aria-hidden="true" className="relative h-56 sm:h-72">
          {/* The widest figure keeps the column's width; the others stand on their lines. */}
          <span className="invisible">{money.usd(amount(most_usd, ticks))}</span>
          {ticks.map((usd) => (
            <span key={usd} className="absolute right-0 -translate-y-1/2 leading-none" style={{ top: `${100 - share(usd, most_usd)}%` }}>
              {money.usd(amount(usd, ticks))}
            </span>
          ))}
        </div>
        <div aria-hidden="true" className="relative h-56 sm:h-72">
          <svg aria-hidden="true" viewBox="0 0 100 100" preserveAspectRatio="none" className="absolute inset-0 size-full">
            {ticks.map((usd) => (
              <line
                key={usd}
                x1="0"
                x2="100"
                y1={100 - share(usd, most_usd)}
                y2={100 - share(usd, most_usd)}
                className={usd === 0 ? 'stroke-edge' : 'stroke-line'}
                vectorEffect="non-scaling-stroke"
              />
            ))}
            {shown.map((series, index) => (
              <path
                key={series.name}
                d={pathOf(series, most_x, most_usd)}
                fill="none"
                strokeWidth="1.5"
                strokeDasharray={DASHES[index]}
                className="stroke-muted"
                vectorEffect="non-scaling-stroke"
              />
            ))}
            {here && (
              <line
                x1={share(here.x, most_x)}
                x2={share(here.x, most_x)}
                y1="0"
                y2="100"
                strokeWidth="4"
                className="stroke-accent"
                vectorEffect="non-scaling-stroke"
              />
            )}
            <path
              d={pathOf(main, most_x, most_usd)}
              fill="none"
              strokeWidth="2.5"
              strokeLinejoin="round"
              className="stroke-text"
              vectorEffect="non-scaling-stroke"
            />
          </svg>
          {marks.map(({ x, usd }, index) => (
            <span
              key={x}
              className="absolute flex size-5 -translate-x-1/2 -translate-y-1/2 items-center justify-center rounded-full border-2 border-text bg-surface text-[0.6875rem] leading-none font-strong text-text"
              style={{ left: `${share(x, most_x)}%`, top: `${100 - share(Number(usd), most_usd)}%` }}
            >
              {index + 1}
            </span>
          ))}
          {here && <Here at={share(here.x, most_x)} name={here.name} />}
        </div>
        <span />
        <div aria-hidden="true" className="relative mt-2 h-5">
          {columns.map((x) => (
            <span
              key={x}
              className={`absolute leading-none ${x === 0 ? '' : share(x, most_x) > 94 ? '-translate-x-full' : '-translate-x-1/2'}`}
              style={{ left: `${share(x, most_x)}%` }}
            >
              {money.whole(x)}
            </span>
          ))}
        </div>
        <span />
        <span aria-hidden="true" className="text-right">
          {across}
        </span>
      </div>
    </figure>
  )
}

/** A flag at the top of the notch, on the side where there is room. */
function Here({ at, name }: { at: number; name: string }) {
  return (
    <span
      className={`absolute top-0 bg-accent px-1.5 whitespace-nowrap text-on-accent ${at > 50 ? '-translate-x-full' : ''}`}
      style={{ left: `${at}%` }}
    >
      {name}
    </span>
  )
}

function Key({ width, dashes, children }: { width: number; dashes?: string | undefined; children: string }) {
  return (
    <span className="flex items-center gap-2">
      <svg aria-hidden="true" width="24" height="8">
        <line
          x1="0"
          x2="24"
          y1="4"
          y2="4"
          strokeWidth={width}
          strokeDasharray={dashes}
          className={dashes === undefined ? 'stroke-text' : 'stroke-muted'}
        />
      </svg>
      {children}
    </span>
  )
}

/** A tick as the decimal that money is written from, all with the same digits. */
function amount(usd: number, ticks: readonly number[]): string {
  const step = ticks[1] ?? 1
  return usd.toFixed(step >= 1 ? 0 : Math.min(6, Math.ceil(-Math.log10(step))))
}
