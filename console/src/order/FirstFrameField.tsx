import { useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { fitsExactly, type Picture, readPicture } from './picture.ts'
import { formatPixels } from './size.ts'

interface Props {
  picture: Picture | null
  size: string
  onPicture: (picture: Picture | null) => void
}

/** An optional picture that the clip begins with. It is shown in the preview as it will be sent. */
export function FirstFrameField({ picture, size, onPicture }: Props) {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  const [unreadable, setUnreadable] = useState(false)
  const [field, hint] = [useId(), useId()]
  const pixels = formatPixels(size)

  async function choose(file: File | undefined) {
    if (!file) return
    const read = await readPicture(file)
    setUnreadable(read === null)
    if (read) onPicture(read)
  }

  return (
    <div className="flex flex-col gap-2">
      <div>
        <label htmlFor={field} className="font-strong">
          {t('order.first_frame')}
        </label>{' '}
        <span className="text-label text-muted">{t('order.first_frame_optional')}</span>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <input
          id={field}
          ref={input}
          type="file"
          accept="image/jpeg,image/png,image/webp"
          aria-describedby={hint}
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => {
            void choose(event.target.files?.[0])
            // The same file chosen again after "Remove" must count as a choice.
            event.target.value = ''
          }}
        />
        <Button onClick={() => input.current?.click()}>{t(picture ? 'order.other_picture' : 'order.choose_picture')}</Button>
        {picture && (
          <Button kind="quiet" onClick={() => onPicture(null)}>
            {t('order.remove_picture')}
          </Button>
        )}
      </div>
      <p id={hint} className="text-label text-muted">
        {picture === null
          ? t('order.picture_hint', { pixels })
          : fitsExactly(picture, size)
            ? t('order.picture_exact', { name: picture.name, pixels })
            : t('order.picture_fitted', { name: picture.name, pixels, from: formatPixels(`${picture.width}x${picture.height}`) })}
      </p>
      {unreadable && (
        <Notice ink="failed" urgent>
          {t('order.picture_unreadable')}
        </Notice>
      )}
    </div>
  )
}
