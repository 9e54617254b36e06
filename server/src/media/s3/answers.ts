// Answers are XML of a fixed shape, and all that is read of them are names of ours, numbers and words of a catalogue: no parser is needed, and
// what has another shape is not found.

/** The error that an answer tells. A word that could be anything else than an error's name is left out: it may be shown. */
export function errorOf(xml: string): { readonly code: string | null; readonly region: string | null } {
  const code = /<Error\b[^>]*>[\s\S]*?<Code>([A-Za-z0-9.]{1,80})<\/Code>/.exec(xml)?.[1] ?? null
  const region = /<Region>([a-z0-9-]{1,40})<\/Region>/.exec(xml)?.[1] ?? null
  return { code, region }
}

export interface Listed {
  readonly objects: readonly { readonly object: string; readonly written_ms: number }[]
  /** Null: this was the last page. */
  readonly next: string | null
}

/** One page of ListObjectsV2; null: it is none. */
export function listedIn(xml: string): Listed | null {
  if (!/<ListBucketResult\b/.test(xml)) return null
  const objects = [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, one = '']) => ({
    object: textOf(one, 'Key') ?? '',
    written_ms: Date.parse(textOf(one, 'LastModified') ?? ''),
  }))
  const next = textOf(xml, 'IsTruncated') === 'true' ? textOf(xml, 'NextContinuationToken') : null
  return { objects, next }
}

function textOf(xml: string, element: string): string | null {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]
  return text === undefined ? null : text.replace(/&(amp|lt|gt|quot|apos|#39|#34);/g, (_all, name: string) => ENTITIES[name] ?? '')
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#39': "'", '#34': '"' }
