import { type Eta, readEta } from './quote.ts'
import { flag, ifReadable, integer, list, maybe, number, orElse, type Reader, shape, text, Unreadable, wholeText } from './read.ts'

export type Status = 'queued' | 'in_progress' | 'completed' | 'failed'

export interface VideoCredits {
  readonly quoted: number
  readonly held: number
  readonly captured: number
  readonly released: number
}

export interface Video {
  readonly id: string
  readonly model: string
  readonly status: Status
  /** Percent. */
  readonly progress: number
  /** Unix seconds, as the other times. */
  readonly created_at: number
  readonly completed_at: number | null
  readonly expires_at: number | null
  readonly prompt: string | null
  readonly size: string
  readonly seconds: number
  readonly error: { readonly code: string; readonly message: string } | null
  readonly filmgate: {
    readonly credits: VideoCredits
    readonly route: string | null
    readonly provider: string | null
    readonly eta: Eta | null
    readonly stage: string
    readonly demo: boolean
  }
}

const readStatus: Reader<Status> = (value, path) => {
  if (value === 'queued' || value === 'in_progress' || value === 'completed' || value === 'failed') return value
  throw new Unreadable(path, 'a status we know')
}

export const readVideo = shape<Video>({
  id: text,
  model: text,
  status: readStatus,
  progress: orElse(number, 0),
  created_at: integer,
  completed_at: maybe(integer),
  expires_at: maybe(integer),
  prompt: maybe(text),
  size: text,
  seconds: wholeText,
  error: maybe(shape({ code: text, message: text })),
  filmgate: shape<Video['filmgate']>({
    credits: shape<VideoCredits>({ quoted: integer, held: integer, captured: integer, released: integer }),
    route: ifReadable(text),
    provider: ifReadable(text),
    eta: readEta,
    stage: text,
    demo: orElse(flag, false),
  }),
})

export const readVideoList = shape<{ data: readonly Video[] }>({ data: list(readVideo) })

export const readDeletion = shape<{ id: string }>({ id: text })

export function isOpen(video: Video): boolean {
  return video.status === 'queued' || video.status === 'in_progress'
}
