import { defineCommand } from '../command.ts'
import { EXIT, Failure } from '../exits.ts'
import { leftHow, saveShown } from '../follow.ts'
import { openFile } from '../open-file.ts'
import { acknowledge } from '../runs.ts'
import { targetOf, VARIANTS } from '../save.ts'
import { quoted } from '../settings.ts'
import { bytesText } from '../text/amounts.ts'

export const command = defineCommand({
  words: { id: { says: 'Id of the video' } },
  flags: {
    out: { short: 'o', takes: 'PATH', file: true, says: 'A file, or a folder; this folder unless given' },
    resume: { says: 'Go on with what an interrupted download left' },
    variant: { takes: 'WHAT', choices: VARIANTS, says: 'What of it; the video unless given' },
    force: { says: 'Replace the file if it is there' },
    open: { says: 'Open it then' },
  },
  about: ['The file appears when it is whole and as long as announced; until then it is PATH.part.'],
  examples: ['filmgate download video_01 --out lighthouse.mp4', 'filmgate download video_01 --resume'],
  async run({ words, flags }, context) {
    const { world, out } = context
    const variant = VARIANTS.find((one) => one === flags.variant) ?? 'video'
    const target = await targetOf(flags.out, words.id, variant, flags.force, world)
    const filmgate = await context.gateway()
    try {
      const bytes = await saveShown(filmgate, words.id, target, { variant, resume: flags.resume }, context)
      await acknowledge(world, words.id)
      out.document({ object: 'file', video: words.id, variant, file: target, bytes }, () =>
        out.sentence(`Saved ${target} (${bytesText(bytes)})`),
      )
    } catch (error) {
      if (leftHow(error) === null && !world.interrupted.aborted) throw error
      const again = `filmgate download ${words.id} --out ${quoted(target)} --resume`
      throw new Failure(EXIT.interrupted, { code: 'aborted', message: `Left; to go on: ${again}` })
    }
    if (flags.open) await openFile(target, context)
  },
})
