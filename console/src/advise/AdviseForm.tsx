import { useTranslation } from 'react-i18next'
import { CLIPS_MAX, SIZES } from '../address/bounds.ts'
import { useMoney } from '../format/useMoney.ts'
import { Button } from '../ui/Button.tsx'
import { Check } from '../ui/Check.tsx'
import { InputField, SelectField } from '../ui/Field.tsx'
import { clipsAt, type Fields, KINDS_MAX, type Kind, NEEDS, SLIDER_MAX, sliderAt, USUAL, wrongIn } from './asked.ts'

interface Props {
  fields: Fields
  models: readonly string[]
  onFields: (fields: Fields) => void
}

/** A month's clips, and what must not be compromised. Follows every change: there is nothing to press. */
export function AdviseForm({ fields, models, onFields }: Props) {
  const { t } = useTranslation()
  const { kinds, needs } = fields
  const change = (at: number, kind: Kind) => onFields({ ...fields, kinds: kinds.map((own, index) => (index === at ? kind : own)) })
  return (
    <form onSubmit={(event) => event.preventDefault()} className="flex flex-col gap-6">
      {kinds.map((kind, index) => (
        <KindFields
          // biome-ignore lint/suspicious/noArrayIndexKey: kinds have no other name than their place
          key={index}
          number={kinds.length > 1 ? index + 1 : null}
          kind={kind}
          models={models}
          onKind={(changed) => change(index, changed)}
          onRemove={() => onFields({ ...fields, kinds: kinds.filter((_, own) => own !== index) })}
        />
      ))}
      {kinds.length < KINDS_MAX && (
        <Button onClick={() => onFields({ ...fields, kinds: [...kinds, USUAL] })} className="self-start">
          {t('advise.add_kind')}
        </Button>
      )}
      <fieldset className="flex flex-col gap-3">
        <legend className="mb-2 font-strong">{t('advise.needs')}</legend>
        {NEEDS.map((need) => (
          <Check
            key={need}
            label={t(`advise.need.${need}`)}
            checked={needs.includes(need)}
            onChecked={(checked) => onFields({ ...fields, needs: NEEDS.filter((own) => (own === need ? checked : needs.includes(own))) })}
          />
        ))}
      </fieldset>
    </form>
  )
}

interface KindProps {
  number: number | null
  kind: Kind
  models: readonly string[]
  onKind: (kind: Kind) => void
  onRemove: () => void
}

function KindFields({ number, kind, models, onKind, onRemove }: KindProps) {
  const { t } = useTranslation()
  const money = useMoney()
  const wrong = wrongIn(kind)
  const set = (name: keyof Kind) => (value: string) => onKind({ ...kind, [name]: value })
  const says = (name: 'clips' | 'seconds' | 'longest', sentence: string) => (wrong.includes(name) ? sentence : null)
  return (
    <fieldset className={`flex min-w-0 flex-col gap-4 ${number === null ? '' : 'border-t border-line pt-4'}`}>
      {number === null ? (
        <legend className="sr-only">{t('advise.clip')}</legend>
      ) : (
        <legend className="float-left flex w-full items-center justify-between gap-2">
          <span className="font-strong">{t('advise.kind', { number })}</span>
          <Button kind="quiet" onClick={onRemove} aria-label={t('advise.remove_kind', { number })}>
            {t('advise.remove')}
          </Button>
        </legend>
      )}
      <div className="flex flex-col gap-2">
        <InputField
          label={t('advise.clips')}
          numeric
          value={kind.clips}
          onValue={set('clips')}
          wrong={says('clips', t('advise.clips_wrong', { most: money.whole(CLIPS_MAX) }))}
        />
        <input
          type="range"
          min="0"
          max={SLIDER_MAX}
          value={sliderAt(Number(kind.clips) || 0)}
          aria-label={t('advise.slider')}
          aria-valuetext={t('advise.slider_value', { clips: kind.clips })}
          onChange={(event) => set('clips')(String(clipsAt(Number(event.target.value))))}
          className="h-6 w-full accent-text"
        />
      </div>
      <div className="grid grid-cols-2 items-start gap-4">
        <InputField
          label={t('compare.seconds')}
          numeric
          value={kind.seconds}
          onValue={set('seconds')}
          wrong={says('seconds', t('compare.seconds_wrong'))}
        />
        <SelectField label={t('compare.size')} value={kind.size} values={SIZES} onValue={set('size')} />
        <SelectField label={t('compare.model')} value={kind.model} values={models} onValue={set('model')} />
        <InputField
          label={t('advise.longest')}
          hint={t('advise.longest_hint')}
          numeric
          value={kind.longest}
          placeholder={kind.seconds}
          onValue={set('longest')}
          wrong={says('longest', t('advise.longest_wrong'))}
        />
      </div>
    </fieldset>
  )
}
