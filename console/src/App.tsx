import { Component, lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ComparePage } from './pages/compare/ComparePage.tsx'
import { StartPage } from './pages/start/StartPage.tsx'
import { forgetKey, keepKey, takeKey } from './session/key.ts'
import { SignIn } from './session/SignIn.tsx'
import { type Refused, SessionProvider } from './session/session.tsx'
import { Notice } from './ui/Notice.tsx'

/** Loaded when somebody opens them: the first page stays as light as it was. */
const AdvisePage = lazy(async () => ({ default: (await import('./pages/advise/AdvisePage.tsx')).AdvisePage }))
const EstimatePage = lazy(async () => ({ default: (await import('./pages/estimate/EstimatePage.tsx')).EstimatePage }))
const BatchesPage = lazy(async () => ({ default: (await import('./pages/batches/BatchesPage.tsx')).BatchesPage }))
const BatchPage = lazy(async () => ({ default: (await import('./pages/batches/BatchPage.tsx')).BatchPage }))

export function App() {
  const [key, setKey] = useState(() => takeKey(location, history, sessionStorage))
  const [refused, setRefused] = useState<Refused | null>(null)

  // A printed link opened in this very tab changes the fragment only, and does not load the page again.
  useEffect(() => {
    const onHash = () => {
      setKey(takeKey(location, history, sessionStorage))
      setRefused(null)
    }
    window.addEventListener('hashchange', onHash)
    return () => window.removeEventListener('hashchange', onHash)
  }, [])

  const leave = useCallback((why: Refused | null) => {
    forgetKey(sessionStorage)
    setRefused(why)
    setKey(null)
    history.replaceState(null, '', location.pathname + location.search)
  }, [])
  const signOut = useCallback(() => leave(null), [leave])

  return (
    <Failsafe>
      {key === null ? (
        <SignIn
          refused={refused}
          onKey={(given) => {
            keepKey(sessionStorage, given)
            setRefused(null)
            setKey(given)
          }}
        />
      ) : (
        <SessionProvider key={key} apiKey={key} onSignOut={signOut} onRefused={leave}>
          <Suspense>
            <Page path={location.pathname} />
          </Suspense>
        </SessionProvider>
      )}
    </Failsafe>
  )
}

function Page({ path }: { path: string }) {
  if (path === '/compare') return <ComparePage />
  if (path === '/advise') return <AdvisePage />
  if (path === '/estimate') return <EstimatePage />
  if (path === '/batches') return <BatchesPage />
  const batch = /^\/batches\/([\w-]+)$/.exec(path)?.[1]
  if (batch !== undefined) return <BatchPage id={batch} />
  return <StartPage />
}

/** A defect of ours must not look like lost money. */
class Failsafe extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    return this.state.failed ? <Broken /> : this.props.children
  }
}

function Broken() {
  const { t } = useTranslation()
  return (
    <main className="mx-auto max-w-xl p-10">
      <Notice ink="failed" urgent>
        {t('failure.unexpected')}
      </Notice>
    </main>
  )
}
