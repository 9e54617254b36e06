import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { defineCommand } from '../command.ts'
import { EXIT, Failure } from '../exits.ts'
import { follow, leftHow, saveShown } from '../follow.ts'
import { type Storyboard, storyboardText, titleOf } from '../storyboard-text.ts'

export const command = defineCommand({
  words: { id: { says: 'Id of the storyboard' } },
  flags: {
    out: { short: 'o', takes: 'FOLDER', file: true, says: 'Save the previews there, in their order' },
    detach: { says: 'Do not wait for them' },
  },
  about: [
    'Draws each shot with the free animatic: its words and its length. Asked again, it draws what failed or was deleted, and nothing twice.',
  ],
  examples: ['filmgate storyboard preview sb_01 --out previews'],
  async run({ words, flags }, context) {
    const { out, world } = context
    const filmgate = await context.gateway()
    const path = { storyboard_id: words.id }
    const ordered = await filmgate.post('/v1/storyboards/{storyboard_id}/preview', { path, body: {}, signal: world.interrupted })
    if (flags.detach) {
      out.document(ordered, storyboardText)
      return EXIT.ok
    }
    try {
      for (const { preview } of ordered.shots) {
        if (preview !== null && preview.status !== 'failed') await follow(filmgate, preview.video, undefined, context)
      }
      const board = await filmgate.get('/v1/storyboards/{storyboard_id}', { path, signal: world.interrupted })
      if (flags.out !== undefined) {
        const folder = resolve(world.cwd, flags.out)
        await mkdir(folder, { recursive: true })
        for (const shot of board.shots) {
          if (shot.preview?.status !== 'completed') continue
          const file = join(folder, fileName(shot, board.shots.length))
          await saveShown(filmgate, shot.preview.video, file, { variant: 'video', resume: true }, context)
          out.note(`Saved ${file}`)
        }
      }
      out.document(board, storyboardText)
      return board.previews.failed > 0 ? EXIT.job_failed : EXIT.ok
    } catch (error) {
      if (leftHow(error) === null && !world.interrupted.aborted) throw error
      const message = `Left: the previews go on, and cost nothing. To see them: filmgate storyboard preview ${words.id}`
      throw new Failure(EXIT.interrupted, { code: 'aborted', message })
    }
  },
})

/** In the order of the film, by names that no system minds. */
function fileName(shot: Storyboard['shots'][number], of: number): string {
  const place = String(shot.index + 1).padStart(String(of).length, '0')
  const name = titleOf(shot)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60)
  return `${place}-${name === '' ? 'shot' : name}.mp4`
}
