import { useTranslation } from 'react-i18next'
import { capacityOf } from '../api/balance.ts'
import { useMoney } from '../format/useMoney.ts'
import { Button } from '../ui/Button.tsx'
import { GateBar } from '../ui/GateBar.tsx'
import { Wordmark } from '../ui/Wordmark.tsx'
import { maskKey } from './key.ts'
import { useSession } from './session.tsx'
import { useBalance } from './useBalance.ts'

/** Name, gate bar with its figures, and whose money it is. `take`: what the order on screen would take. */
export function Header({ take }: { take: number }) {
  const { t } = useTranslation()
  const money = useMoney()
  const { api, signOut } = useSession()
  const { data: balance } = useBalance()
  const available = balance ? money.credits(balance.available) : ''
  const held = balance ? money.credits(balance.held) : ''
  const short = balance !== undefined && take > balance.available
  const label =
    take > 0
      ? t(short ? 'header.bar_short' : 'header.bar_taking', { available, held, take: money.credits(take) })
      : t('header.bar', { available, held })
  return (
    <header className="border-b border-line bg-surface">
      <div className="mx-auto flex max-w-[1160px] flex-wrap items-center gap-x-4 gap-y-1 sm:gap-x-6 px-4 py-2 lg:px-6">
        <Wordmark />
        <Pages />
        <div className="order-3 flex min-h-9 w-full flex-col justify-center sm:order-none sm:w-auto sm:flex-1">
          {balance && (
            <div className="flex flex-col gap-0.5 sm:mx-auto sm:w-full sm:max-w-lg">
              <div aria-hidden="true" className="flex justify-between gap-4 text-label whitespace-nowrap">
                <span className="font-strong">{t('header.available', { credits: available })}</span>
                {balance.owed > 0 && <span className="text-failed">{t('header.owed', { credits: money.credits(balance.owed) })}</span>}
                <span className="text-muted">{t('header.held', { credits: held })}</span>
              </div>
              <GateBar
                label={label}
                available={balance.available}
                held={balance.held}
                capacity={capacityOf(balance)}
                take={take}
                taken_from="available"
              />
            </div>
          )}
        </div>
        <div className="ml-auto flex items-center gap-1 sm:ml-0">
          <span className="hidden max-w-40 truncate text-label text-muted sm:inline" title={t('header.account')}>
            {balance?.customer?.name ?? maskKey(api.key)}
          </span>
          <Button kind="quiet" onClick={signOut}>
            {t('header.sign_out')}
          </Button>
        </div>
      </div>
    </header>
  )
}

/** Whole pages: the key lives in the tab, so that a plain link keeps it. */
function Pages() {
  const { t } = useTranslation()
  const pages = [
    ['/', t('header.make')],
    ['/compare', t('header.compare')],
    ['/advise', t('header.advise')],
    ['/estimate', t('header.estimate')],
    ['/batches', t('header.batches')],
  ] as const
  const here = pages.findLast(([path]) => location.pathname === path || location.pathname.startsWith(`${path}/`))?.[0] ?? '/'
  return (
    <nav aria-label={t('header.pages')} className="order-2 flex w-full flex-wrap gap-x-4 lg:order-none lg:w-auto">
      {pages.map(([path, name]) => (
        <a
          key={path}
          href={path}
          {...(path === here ? { 'aria-current': 'page' as const } : {})}
          className={`control inline-flex items-center ${path === here ? 'font-strong no-underline' : ''}`}
        >
          {name}
        </a>
      ))}
    </nav>
  )
}
