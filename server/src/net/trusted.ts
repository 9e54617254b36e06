const FORM = 'host:port, with commas between several, like 127.0.0.1:9100,files.internal:443'

export type TrustedHosts =
  | { readonly outcome: 'hosts'; readonly hosts: ReadonlySet<string> }
  /** `what`: the rest of a sentence that says what would be right. */
  | { readonly outcome: 'wrong'; readonly what: string }

/** Reads `host:port,…` into places as `Target.place` writes them: a host is what a link to it is parsed to. */
export function readTrustedHosts(text: string): TrustedHosts {
  const hosts = new Set<string>()
  for (const entry of text.split(',').map((part) => part.trim())) {
    const place = placeOf(entry)
    if (place === null) return { outcome: 'wrong', what: `${JSON.stringify(entry)} in it is not ${FORM}.` }
    hosts.add(place)
  }
  return { outcome: 'hosts', hosts }
}

function placeOf(entry: string): string | null {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(entry) ?? []
  if (Number(port) < 1 || Number(port) > 65_535 || !URL.canParse(`http://${host}/`)) return null
  const url = new URL(`http://${host}/`)
  // Nothing but a host: no scheme, user, path or port before the port; and no pattern, which would match nothing.
  if (url.href !== `http://${url.hostname}/` || !/^(\[[0-9a-f:]+\]|[a-z0-9._-]+)$/.test(url.hostname)) return null
  return `${url.hostname}:${Number(port)}`
}
