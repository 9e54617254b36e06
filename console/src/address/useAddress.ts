import { useEffect, useState } from 'react'

const TYPING_PAUSE_MS = 250

/** What a form says, kept in the address: a link repeats it. `settled` follows once typing has paused. */
export function useAddress<T>(read: (search: string) => T, write: (fields: T) => string) {
  const [fields, setFields] = useState(() => read(location.search))
  const [settled, setSettled] = useState(fields)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(fields), TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [fields])
  useEffect(() => history.replaceState(null, '', location.pathname + write(settled)), [settled, write])
  return { fields, setFields, settled }
}
