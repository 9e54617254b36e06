import type { Video } from '@filmgate/client'
import type { Context } from './context.ts'
import { EXIT, Failure } from './exits.ts'
import type { Filmgate } from './gateway.ts'
import { ProgressLine } from './progress-line.ts'
import { type SaveOptions, save } from './save.ts'
import { bytesText, creditsText } from './text/amounts.ts'
import { plain } from './text/width.ts'

/** Waits for the end of a video, drawing how far it is. @throws FilmgateError, `aborted` after Ctrl-C and `timed_out` */
export async function follow(filmgate: Filmgate, id: string, timeout_s: number | undefined, { world, out }: Context): Promise<Video> {
  const line = new ProgressLine(world, out)
  try {
    return await filmgate.videos.wait(id, {
      signal: world.interrupted,
      ...(timeout_s !== undefined && { timeout_s }),
      on_change: (seen) => line.update(seen),
      on_trouble: (error) => line.interject(`${error.message} Asking again.`),
    })
  } finally {
    line.end()
  }
}

/** Saves a file of a video, with a line that counts. */
export async function saveShown(
  filmgate: Filmgate,
  id: string,
  path: string,
  options: Pick<SaveOptions, 'variant' | 'resume'>,
  { world, out }: Context,
) {
  let said_ms = 0
  const live = out.is_live && world.env.TERM !== 'dumb'
  try {
    return await save(filmgate, id, path, {
      ...options,
      signal: world.interrupted,
      on_bytes(done, total) {
        if (!live || world.now() - said_ms < 100) return
        said_ms = world.now()
        out.draw(`\r\u001b[2Ksaving ${bytesText(done)}${total === null ? '' : ` of ${bytesText(total)}`}`)
      },
    })
  } finally {
    if (live) out.draw('\r\u001b[2K')
  }
}

/** A video that ended without a result. */
export function failedVideo(video: Video): Failure {
  const { released } = video.filmgate.credits
  const why = video.error === null ? 'No reason is known.' : `${plain(video.error.message)} (${video.error.code})`
  return new Failure(EXIT.job_failed, {
    code: video.error?.code ?? 'video_failed',
    message: `${video.id} failed: ${why} Nothing was charged${released > 0 ? `; ${creditsText(released)} returned` : ''}.`,
    more: { video },
  })
}

/** Whether an error is the end of a wait that was left: the video goes on. */
export function leftHow(error: unknown): 'aborted' | 'timed_out' | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  return error.code === 'aborted' || error.code === 'timed_out' ? error.code : null
}
