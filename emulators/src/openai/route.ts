export type Operation =
  | 'create'
  | 'remix'
  | 'edit'
  | 'extend'
  | 'retrieve'
  | 'list'
  | 'delete'
  | 'content'
  | 'create_character'
  | 'character'

export type Called =
  | { readonly operation: 'create' | 'edit' | 'extend' | 'list' | 'create_character' }
  | { readonly operation: 'remix' | 'retrieve' | 'delete' | 'character'; readonly id: string }
  /** `linked_at`: by the link that a finished video has had since then; null: by the API. */
  | { readonly operation: 'content'; readonly id: string; readonly variant: string; readonly linked_at: number | null }

/** What a request asks for; null when there is no such thing. */
export function read(method: string, url: URL): Called | null {
  const [, path = ''] = /^\/v1\/(.*)$/.exec(url.pathname) ?? []
  const [first, second, third, ...more] = path.split('/').map((part) => decodeURIComponent(part))
  if (more.length > 0) return null
  const asked = `${method} ${first}`
  if (asked === 'GET links' && second !== undefined && third === undefined)
    return { operation: 'content', id: second, variant: 'video', linked_at: Number(url.searchParams.get('since') ?? 0) }
  if (second === undefined) return asked === 'POST videos' ? { operation: 'create' } : asked === 'GET videos' ? { operation: 'list' } : null
  if (first !== 'videos') return null
  // These stand beside the ids of videos, and come first.
  if (second === 'characters') {
    if (third !== undefined) return method === 'GET' ? { operation: 'character', id: third } : null
    return method === 'POST' ? { operation: 'create_character' } : null
  }
  if (second === 'edits' && third === undefined) return method === 'POST' ? { operation: 'edit' } : null
  if (second === 'extensions' && third === undefined) return method === 'POST' ? { operation: 'extend' } : null
  switch (`${method} ${third ?? ''}`) {
    case 'GET ':
      return { operation: 'retrieve', id: second }
    case 'DELETE ':
      return { operation: 'delete', id: second }
    case 'POST remix':
      return { operation: 'remix', id: second }
    case 'GET content':
      return { operation: 'content', id: second, variant: url.searchParams.get('variant') ?? 'video', linked_at: null }
    default:
      return null
  }
}
