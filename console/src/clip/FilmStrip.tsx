import { useTranslation } from 'react-i18next'
import { formatTimecode } from '../format/time.ts'
import { Icon } from '../ui/Icon.tsx'
import type { FrameState, StripFrame } from './strip.ts'

const INKS: Readonly<Record<FrameState, string>> = {
  ahead: 'text-muted',
  current: 'text-running',
  passed: 'text-text',
  unknown: 'text-unknown',
  parked: 'text-parked',
  failed: 'text-failed',
  cancelled: 'text-muted',
}

/** Columns of the API's spritesheet, and the six of its ten pictures that the strip shows, from first to last. */
const COLUMNS = 5
const PICTURES = [0, 2, 4, 5, 7, 9]

interface Props {
  frames: readonly StripFrame[]
  /** Address of the spritesheet, once the clip has one: then the strip shows the clip itself. */
  sheet: string | null
  ratio: number
  completed: boolean
}

/** Time as film: each stage is a frame, with the moment at which it began beneath. */
export function FilmStrip({ frames, sheet, ratio, completed }: Props) {
  const { t } = useTranslation()
  return (
    <ol
      aria-label={t('clip.strip')}
      className="mat perforated grid grid-cols-6 gap-x-1 rounded-picture px-1 before:col-span-6 after:col-span-6"
    >
      {frames.map(({ name, state, at_s }, index) => (
        <li
          key={name}
          aria-current={state === 'current' ? 'step' : undefined}
          className={`flex min-w-0 flex-col gap-1 ${INKS[completed && name === 'done' ? 'passed' : state]}`}
        >
          <span
            aria-hidden="true"
            className={`flex items-center justify-center overflow-hidden rounded-picture border ${state === 'ahead' ? 'border-line' : 'border-current'}`}
            style={{ aspectRatio: Math.max(ratio, 16 / 9) }}
          >
            {sheet ? <Sprite sheet={sheet} picture={PICTURES[index] ?? 0} ratio={ratio} /> : <Icon name={state} />}
          </span>
          <span className="flex min-w-0 flex-col items-center text-center text-label leading-tight sm:pb-1">
            <span className="sr-only max-w-full truncate sm:not-sr-only">{t(`clip.frame.${name}`)}</span>
            <span className="sr-only">, {t(`clip.frame_state.${state}`)},</span>
            <span className={state === 'current' ? '' : 'text-muted'}>
              {at_s === null ? (
                <span aria-hidden="true">·</span>
              ) : (
                <>
                  <span className="sr-only">{t('clip.frame_at', { time: formatTimecode(at_s) })}</span>
                  <span aria-hidden="true">{formatTimecode(at_s)}</span>
                </>
              )}
            </span>
          </span>
        </li>
      ))}
    </ol>
  )
}

function Sprite({ sheet, picture, ratio }: { sheet: string; picture: number; ratio: number }) {
  return <span className="h-full" style={{ aspectRatio: ratio, ...spriteStyle(sheet, picture) }} />
}

/** One picture of a spritesheet of 5 columns and 2 rows, filling its element. */
export function spriteStyle(sheet: string, picture: number) {
  const [column, row] = [picture % COLUMNS, Math.floor(picture / COLUMNS)]
  return {
    backgroundImage: `url(${sheet})`,
    backgroundSize: `${COLUMNS * 100}% 200%`,
    backgroundPosition: `${(column / (COLUMNS - 1)) * 100}% ${row * 100}%`,
  }
}
