import { useCallback, useEffect, useState } from 'react'

/** The clip that an address shows: `#clip=video_…`. Null: the order form. */
export function clipInFragment(fragment: string): string | null {
  return new URLSearchParams(fragment.replace(/^#/, '')).get('clip') || null
}

/** Which clip is on the page, kept in the address: reload, back and forward do what one expects. */
export function useShownClip(): [string | null, (id: string | null) => void] {
  const [id, setId] = useState(() => clipInFragment(location.hash))
  useEffect(() => {
    const read = () => setId(clipInFragment(location.hash))
    window.addEventListener('popstate', read)
    window.addEventListener('hashchange', read)
    return () => {
      window.removeEventListener('popstate', read)
      window.removeEventListener('hashchange', read)
    }
  }, [])
  const show = useCallback((next: string | null) => {
    history.pushState(null, '', next === null ? location.pathname : `#clip=${encodeURIComponent(next)}`)
    setId(next)
  }, [])
  return [id, show]
}
