import { useTranslation } from 'react-i18next'
import { THIN } from '../format/credits.ts'
import { Mat } from '../ui/Mat.tsx'
import type { FirstFrame } from './order.ts'
import { formatPixels } from './size.ts'

interface Props {
  size: string
  seconds: number
  /** Written into the frame like the text of a storyboard card. */
  caption: string
  /** A caption that is only a suggestion. */
  faint: boolean
  first_frame: FirstFrame | null
}

/** The frame before there is a picture: its true proportions, its length as a ruler of seconds, and what it will show. */
export function Viewfinder({ size, seconds, caption, faint, first_frame }: Props) {
  const { t } = useTranslation()
  const length = `${seconds}${THIN}s`
  return (
    <Mat size={size}>
      {first_frame && <img src={first_frame.data_url} alt={t('order.picture_alt')} className="absolute inset-0 size-full object-cover" />}
      <Corners />
      <div className="absolute inset-0 flex flex-col justify-between p-4 sm:p-5">
        <div className="flex flex-wrap justify-between gap-2 px-2 pt-1 text-label">
          <span className={first_frame ? 'bg-mat px-1' : 'text-muted'}>{formatPixels(size)}</span>
          <span className={first_frame ? 'bg-mat px-1' : 'text-muted'}>{length}</span>
        </div>
        {!first_frame && (
          <p
            className={`mx-auto line-clamp-4 max-w-[min(34ch,100%)] px-2 wrap-anywhere sm:line-clamp-5 text-center text-input text-balance sm:text-[1.125rem] ${faint ? 'text-muted' : 'text-text'}`}
          >
            {caption}
          </p>
        )}
        <Ruler seconds={seconds} />
      </div>
    </Mat>
  )
}

function Corners() {
  const arm = 'absolute size-4 border-muted'
  return (
    <span aria-hidden="true">
      <span className={`${arm} top-3 left-3 border-t border-l`} />
      <span className={`${arm} top-3 right-3 border-t border-r`} />
      <span className={`${arm} bottom-3 left-3 border-b border-l`} />
      <span className={`${arm} right-3 bottom-3 border-r border-b`} />
    </span>
  )
}

/** One space per second, so that 12 s look longer than 4 s. */
function Ruler({ seconds }: { seconds: number }) {
  return (
    <span aria-hidden="true" className="mx-2 mb-1 flex justify-center">
      {Array.from({ length: Math.min(seconds, 60) }, (_, second) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a ruler's spaces have no identity but their place
        <span key={second} className="h-2 max-w-5 flex-1 border-r border-b border-l border-muted not-first:border-l-0" />
      ))}
    </span>
  )
}
