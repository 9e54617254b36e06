import { type FormEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { readBalance } from '../api/balance.ts'
import { apiWith, Unreachable } from '../api/client.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Wordmark } from '../ui/Wordmark.tsx'
import { couldBeKey, keyInFragment } from './key.ts'
import { type Refused, refusedKey } from './session.tsx'

type Trouble = Refused | 'malformed' | 'unreachable'

/** The page without a key: what this is, where the key is found, one field. */
export function SignIn({ refused, onKey }: { refused: Refused | null; onKey: (key: string) => void }) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')
  const [trouble, setTrouble] = useState<Trouble | null>(refused)
  const [checking, setChecking] = useState(false)
  const [field, where, wrong] = [useId(), useId(), useId()]

  async function signIn(event: FormEvent) {
    event.preventDefault()
    if (checking) return
    // People paste what they have: the whole link is as good as the key.
    const key = (typed.includes('#') ? keyInFragment(typed.slice(typed.indexOf('#'))) : null) ?? typed.trim()
    if (!couldBeKey(key)) return setTrouble('malformed')
    setChecking(true)
    setTrouble(null)
    try {
      await apiWith(key).get('/v1/balance', readBalance)
      onKey(key)
    } catch (error) {
      setTrouble(error instanceof Unreachable ? 'unreachable' : (refusedKey(error, false) ?? 'unreachable'))
      setChecking(false)
    }
  }

  return (
    <main className="grid min-h-dvh grid-rows-[auto_1fr] lg:grid-rows-1 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <div className="mat flex min-w-0 flex-col justify-between gap-8 p-4 py-6 sm:p-10">
        <Wordmark />
        <div className="flex flex-col gap-6 overflow-hidden lg:-mr-10">
          <SpecimenStrip />
          <p className="max-w-md text-title text-text">{t('sign_in.lead')}</p>
        </div>
      </div>
      <div className="flex items-start p-4 py-10 sm:p-10 lg:items-center">
        <form onSubmit={(event) => void signIn(event)} noValidate className="mx-auto flex w-full max-w-sm flex-col gap-4">
          <h1 className="text-title font-strong">{t('sign_in.heading')}</h1>
          {trouble && (
            <div id={wrong}>
              <Notice ink="failed" urgent>
                {t(`sign_in.${trouble}`)}
              </Notice>
            </div>
          )}
          <div className="flex flex-col gap-2">
            <label htmlFor={field} className="font-strong">
              {t('sign_in.key')}
            </label>
            <input
              id={field}
              type="password"
              autoComplete="off"
              spellCheck={false}
              value={typed}
              placeholder="fg_live_…"
              onChange={(event) => setTyped(event.target.value)}
              aria-describedby={trouble ? `${wrong} ${where}` : where}
              aria-invalid={trouble !== null && trouble !== 'unreachable'}
              className="control w-full rounded-control border border-edge bg-surface px-3 text-input"
            />
            <p id={where} className="text-label text-muted">
              {t('sign_in.where')} <code className="text-text">#key=</code>. {t('sign_in.kept')}
            </p>
          </div>
          <Button kind="primary" type="submit" aria-disabled={checking} className="min-h-11">
            {t(checking ? 'sign_in.checking' : 'sign_in.button')}
          </Button>
        </form>
      </div>
    </main>
  )
}

/** Film and gate bar, before there is either: what the two sides of this tool look like. */
function SpecimenStrip() {
  return (
    <div aria-hidden="true" className="hidden flex-col gap-10 pb-4 lg:flex">
      <div className="perforated">
        <div className="flex gap-1">
          {['0:00', '0:02', '0:04', '0:06'].map((time) => (
            <div key={time} className="flex aspect-video w-56 shrink-0 items-end border border-line p-2 text-label text-muted">
              {time}
            </div>
          ))}
        </div>
      </div>
      <div className="flex h-5 max-w-md items-center">
        <span className="h-2.5 flex-[70] rounded-l-picture bg-bar" />
        <span className="mx-0.5 h-5 flex-[6] bg-accent" />
        <span className="hatched h-2.5 flex-[10]" />
        <span className="h-2.5 flex-[14] rounded-r-picture bg-line" />
      </div>
    </div>
  )
}
