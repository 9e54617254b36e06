import { useTranslation } from 'react-i18next'
import { SIZES } from '../address/bounds.ts'
import { InputField, SelectField } from '../ui/Field.tsx'
import { type Fields, wrongIn } from './asked.ts'

interface Props {
  fields: Fields
  models: readonly string[]
  onFields: (fields: Fields) => void
}

/** One clip, and how many of it a month. Follows every change: there is nothing to press. */
export function CompareForm({ fields, models, onFields }: Props) {
  const { t } = useTranslation()
  const wrong = wrongIn(fields)
  const set = (name: keyof Fields) => (value: string) => onFields({ ...fields, [name]: value })
  return (
    <form onSubmit={(event) => event.preventDefault()} className="grid grid-cols-2 items-start gap-4 sm:grid-cols-4 lg:grid-cols-1">
      <SelectField label={t('compare.model')} value={fields.model} values={models} onValue={set('model')} />
      <InputField
        label={t('compare.seconds')}
        numeric
        value={fields.seconds}
        onValue={set('seconds')}
        wrong={wrong.includes('seconds') ? t('compare.seconds_wrong') : null}
      />
      <SelectField label={t('compare.size')} value={fields.size} values={SIZES} onValue={set('size')} />
      <InputField
        label={t('compare.clips')}
        hint={t('compare.clips_hint')}
        numeric
        value={fields.clips}
        onValue={set('clips')}
        wrong={wrong.includes('clips') ? t('compare.clips_wrong') : null}
      />
    </form>
  )
}
