import { type KeyboardEvent, type Ref, useId } from 'react'
import { useTranslation } from 'react-i18next'
import type { Offer } from '../api/models.ts'
import { Choices } from '../ui/Choices.tsx'
import type { Choice, Draft } from './draft.ts'
import { FirstFrameField } from './FirstFrameField.tsx'
import type { Picture } from './picture.ts'
import { formatPixels, isPortrait, sizeOf } from './size.ts'

interface Props {
  draft: Draft
  choice: Choice
  offers: readonly Offer[]
  picture: Picture | null
  promptRef: Ref<HTMLTextAreaElement>
  onDraft: (draft: Draft) => void
  onPicture: (picture: Picture | null) => void
  onSubmit: () => void
}

const EXAMPLES = ['lighthouse', 'desert', 'city'] as const

/** The order: what the clip shows, and the few things that it costs by. Only what is sold can be chosen. */
export function OrderForm({ draft, choice, offers, picture, promptRef, onDraft, onPicture, onSubmit }: Props) {
  const { t } = useTranslation()
  const [prompt, hint] = [useId(), useId()]

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    event.preventDefault()
    onSubmit()
  }

  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-col gap-2">
        <div className="flex items-baseline justify-between gap-4">
          <label htmlFor={prompt} className="font-strong">
            {t('order.prompt')}
          </label>
          <span id={hint} className="text-label text-muted">
            {t('order.prompt_hint')}
          </span>
        </div>
        <textarea
          id={prompt}
          ref={promptRef}
          value={draft.prompt}
          onChange={(event) => onDraft({ ...draft, prompt: event.target.value })}
          onKeyDown={onKeyDown}
          placeholder={t('order.placeholder')}
          aria-describedby={hint}
          maxLength={32_000}
          rows={5}
          className="field-sizing-content max-h-80 min-h-36 w-full resize-y rounded-control border border-edge bg-surface p-3 text-input"
        />
        <ul aria-label={t('order.examples')} className="flex flex-wrap gap-2">
          {EXAMPLES.map((name) => (
            <li key={name}>
              <button
                type="button"
                onClick={() => onDraft({ ...draft, prompt: t(`order.example.${name}`) })}
                className="control rounded-control border border-line px-3 text-label hover:border-edge hover:bg-surface"
              >
                {t(`order.example_name.${name}`)}
              </button>
            </li>
          ))}
        </ul>
      </div>
      <FewOrMany
        few={4}
        label={t('order.model')}
        values={offers.map(({ id }) => id)}
        chosen={choice.offer.id}
        onChoose={(model) => onDraft({ ...draft, model })}
        nameOf={(id) => id}
        shown={(id) => id}
      />
      <Choices
        label={t('order.shape')}
        values={choice.offer.sizes}
        chosen={choice.size}
        onChoose={(size) => onDraft({ ...draft, size })}
        nameOf={(size) => `${t(`order.${orientation(size)}`)}, ${formatPixels(size)}`}
        itemClass="flex-col gap-2 px-3 py-2 min-w-24"
      >
        {(size, chosen) => <Ratio size={size} chosen={chosen} />}
      </Choices>
      <FewOrMany
        few={8}
        label={t('order.seconds')}
        values={choice.offer.durations}
        chosen={choice.seconds}
        onChoose={(seconds) => onDraft({ ...draft, seconds })}
        nameOf={(count) => t('order.seconds_value', { count })}
        shown={String}
      />
      <FirstFrameField picture={picture} size={choice.size} onPicture={onPicture} />
    </div>
  )
}

interface FewOrManyProps<T extends string | number> {
  /** Up to this many stand side by side; more go into a list. */
  few: number
  label: string
  values: readonly T[]
  chosen: T
  onChoose: (value: T) => void
  nameOf: (value: T) => string
  shown: (value: T) => string
}

function FewOrMany<T extends string | number>({ few, label, values, chosen, onChoose, nameOf, shown }: FewOrManyProps<T>) {
  const field = useId()
  if (values.length <= few) {
    return (
      <Choices label={label} values={values} chosen={chosen} onChoose={onChoose} nameOf={nameOf} itemClass="min-w-12 px-3">
        {(value) => <span aria-hidden="true">{shown(value)}</span>}
      </Choices>
    )
  }
  return (
    <div className="flex flex-col gap-2">
      <label htmlFor={field} className="font-strong">
        {label}
      </label>
      <select
        id={field}
        value={values.indexOf(chosen)}
        onChange={(event) => {
          const value = values[Number(event.target.value)]
          if (value !== undefined) onChoose(value)
        }}
        className="control w-full rounded-control border border-edge bg-surface px-3"
      >
        {values.map((value, index) => (
          <option key={value} value={index}>
            {nameOf(value)}
          </option>
        ))}
      </select>
    </div>
  )
}

function orientation(size: string): 'portrait' | 'landscape' | 'square' {
  const { width, height } = sizeOf(size)
  return width === height ? 'square' : isPortrait(size) ? 'portrait' : 'landscape'
}

/** A size as a picture of itself: the proportions are true, and larger sizes are drawn larger. */
function Ratio({ size, chosen }: { size: string; chosen: boolean }) {
  const { width, height } = sizeOf(size)
  const scale = 40 / 1920
  return (
    <span aria-hidden="true" className="flex flex-col items-center gap-2">
      <span className="flex h-10 items-center">
        <span
          className={`block rounded-picture border ${chosen ? 'border-text bg-text' : 'border-edge bg-line'}`}
          style={{ width: width * scale, height: height * scale }}
        />
      </span>
      <span className="text-label whitespace-nowrap">{formatPixels(size)}</span>
    </span>
  )
}
