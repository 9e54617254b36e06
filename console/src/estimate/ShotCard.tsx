import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { SIZES } from '../address/bounds.ts'
import type { ShotEstimate } from '../api/estimate.ts'
import { useMoney } from '../format/useMoney.ts'
import { Button } from '../ui/Button.tsx'
import { InputField, SelectField } from '../ui/Field.tsx'
import { type RefusedShot, type Shot, USUAL, type WrongInShot, withSeconds, wrongInShot } from './asked.ts'
import { EstimateLines } from './EstimateLines.tsx'
import { Flags } from './Flags.tsx'

interface Props {
  number: number
  shot: Shot
  models: readonly string[]
  /** Null while its price is not known. */
  priced: ShotEstimate | null
  alone: boolean
  /** What the server says about one of its fields. */
  refused: { readonly field: RefusedShot['field']; readonly message: string } | null
  onShot: (shot: Shot) => void
  onDuplicate: () => void
  onRemove: () => void
}

const MORE = ['drafts', 'draft_seconds', 'draft_size', 'draft_model', 'tries', 'remixes', 'extensions'] as const

/** One shot: what it is, what it costs, and what of it is not sold. Drafts and steps fold out. */
export function ShotCard({ number, shot, models, priced, alone, refused, onShot, onDuplicate, onRemove }: Props) {
  const { t } = useTranslation()
  const money = useMoney()
  const wrong = wrongInShot(shot)
  // What an address or an example brought along is seen without a click.
  const [folded, setFolded] = useState<boolean | null>(null)
  const open = folded === null ? MORE.some((name) => shot[name] !== USUAL[name]) : !folded
  const set = (name: keyof Shot) => (value: string) => onShot({ ...shot, [name]: value })
  const told = (name: string) => (refused?.field === name ? refused.message : null)
  const says = (name: WrongInShot) => (wrong.includes(name) ? t(`estimate.wrong.${name}`) : told(name))
  const number_field = (name: WrongInShot, placeholder?: string) => (
    <InputField
      label={t(`estimate.field.${name}`)}
      numeric={name !== 'extensions'}
      value={shot[name]}
      onValue={set(name)}
      wrong={says(name)}
      {...(placeholder === undefined ? {} : { placeholder })}
    />
  )
  const title = t('estimate.shot', { number })
  const as_shot = (value: string) => (value === '' ? t('estimate.as_shot') : value)
  return (
    <section aria-label={shot.name || title} className="flex flex-col gap-4 rounded-card border border-line bg-surface p-4">
      <div className="flex items-start justify-between gap-4">
        <h2 className="text-title font-strong">{title}</h2>
        <p className="text-right">
          <span className="block text-title font-strong">{priced ? money.usd(priced.usd) : '–'}</span>
          {priced && priced.worst.usd !== priced.usd && (
            <span className="text-label text-muted">{t('estimate.up_to', { usd: money.usd(priced.worst.usd) })}</span>
          )}
        </p>
      </div>
      <div className="grid grid-cols-2 items-start gap-4 sm:grid-cols-[2fr_1fr_1fr_1.4fr_2fr] sm:gap-3">
        <InputField
          className="col-span-2 sm:col-span-1"
          label={t('estimate.name')}
          value={shot.name}
          maxLength={80}
          placeholder={title}
          onValue={set('name')}
        />
        {number_field('count')}
        {number_field('seconds')}
        <SelectField label={t('compare.size')} value={shot.size} values={SIZES} onValue={set('size')} wrong={told('size')} />
        <SelectField label={t('compare.model')} value={shot.model} values={models} onValue={set('model')} wrong={told('model')} />
      </div>
      {priced && <Flags flags={priced.flags} onTake={(param, seconds) => onShot(withSeconds(shot, param, seconds))} />}
      {open && (
        <div className="flex flex-col gap-4 border-t border-line pt-4">
          <fieldset className="grid grid-cols-2 items-start gap-4 sm:grid-cols-4">
            <legend className="mb-2 text-label text-muted">{t('estimate.drafting')}</legend>
            {number_field('drafts', '0')}
            {number_field('draft_seconds', shot.seconds)}
            <SelectField
              label={t('estimate.field.draft_size')}
              value={shot.draft_size}
              values={['', ...SIZES]}
              nameOf={as_shot}
              onValue={set('draft_size')}
              wrong={told('draft_size')}
            />
            <SelectField
              label={t('estimate.field.draft_model')}
              value={shot.draft_model}
              values={['', ...models]}
              nameOf={as_shot}
              onValue={set('draft_model')}
              wrong={told('draft_model')}
            />
          </fieldset>
          <fieldset className="grid grid-cols-2 items-start gap-4 sm:grid-cols-4">
            <legend className="mb-2 text-label text-muted">{t('estimate.finals')}</legend>
            {number_field('tries')}
            {number_field('remixes', '0')}
            <div className="col-span-2">{number_field('extensions', t('estimate.extensions_example'))}</div>
          </fieldset>
          {priced && (
            <EstimateLines lines={priced.lines} caption={t('estimate.lines_of', { name: shot.name || title })} total={priced.usd} />
          )}
        </div>
      )}
      <div className="flex flex-wrap gap-x-2">
        <Button kind="quiet" aria-expanded={open} onClick={() => setFolded(open)} className="-ml-3">
          {t(open ? 'estimate.less' : 'estimate.more')}
        </Button>
        <Button kind="quiet" onClick={onDuplicate} aria-label={t('estimate.duplicate_shot', { number })}>
          {t('estimate.duplicate')}
        </Button>
        {!alone && (
          <Button kind="quiet" onClick={onRemove} aria-label={t('estimate.remove_shot', { number })}>
            {t('advise.remove')}
          </Button>
        )}
      </div>
    </section>
  )
}
