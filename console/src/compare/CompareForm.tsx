import { useTranslation } from 'react-i18next'
import { CONTROL, Field } from '../ui/Field.tsx'
import { type Fields, SIZES, wrongIn } from './asked.ts'

interface Props {
  fields: Fields
  models: readonly string[]
  onFields: (fields: Fields) => void
}

/** One clip, and how many of it a month. Follows every change: there is nothing to press. */
export function CompareForm({ fields, models, onFields }: Props) {
  const { t } = useTranslation()
  const wrong = wrongIn(fields)
  const known = models.includes(fields.model) ? models : [fields.model, ...models]
  const sizes = SIZES.includes(fields.size) ? SIZES : [fields.size, ...SIZES]
  return (
    <form onSubmit={(event) => event.preventDefault()} className="grid grid-cols-2 items-start gap-4 sm:grid-cols-4 lg:grid-cols-1">
      <Field label={t('compare.model')}>
        {(id) => (
          <select id={id} value={fields.model} onChange={(event) => onFields({ ...fields, model: event.target.value })} className={CONTROL}>
            {known.map((model) => (
              <option key={model}>{model}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t('compare.seconds')} wrong={wrong.includes('seconds') ? t('compare.seconds_wrong') : null}>
        {(id, described) => (
          <input
            id={id}
            inputMode="numeric"
            autoComplete="off"
            value={fields.seconds}
            aria-invalid={wrong.includes('seconds')}
            aria-describedby={described}
            onChange={(event) => onFields({ ...fields, seconds: event.target.value })}
            className={CONTROL}
          />
        )}
      </Field>
      <Field label={t('compare.size')}>
        {(id) => (
          <select id={id} value={fields.size} onChange={(event) => onFields({ ...fields, size: event.target.value })} className={CONTROL}>
            {sizes.map((size) => (
              <option key={size}>{size}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t('compare.clips')} hint={t('compare.clips_hint')} wrong={wrong.includes('clips') ? t('compare.clips_wrong') : null}>
        {(id, described) => (
          <input
            id={id}
            inputMode="numeric"
            autoComplete="off"
            value={fields.clips}
            aria-invalid={wrong.includes('clips')}
            aria-describedby={described}
            onChange={(event) => onFields({ ...fields, clips: event.target.value })}
            className={CONTROL}
          />
        )}
      </Field>
    </form>
  )
}
