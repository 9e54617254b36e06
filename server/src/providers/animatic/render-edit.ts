import { setImmediate as turn } from 'node:timers/promises'
import { openClip } from '../../media/clip-writer.ts'
import type { Codecs } from '../../media/codecs.ts'
import { framesOf } from '../../media/decoding.ts'
import { i420Bytes, toI420 } from '../../media/i420.ts'
import { openPart, type PictureTrack } from '../../media/part.ts'
import { copySound, encodeStretches, interleave, type Stretch, soundFormat } from '../../media/sound-joining.ts'
import { soundWay } from '../../media/stitch-plan.ts'
import { openEditCaption } from './edit-caption.ts'
import type { RenderJob } from './job.ts'
import { lookOf } from './look.ts'
import { provenanceBox } from './provenance.ts'
import { openProjector } from './stills.ts'
import { changedWorld, type World, worldOf, worldTag } from './world.ts'

const KEY_FRAME_EVERY_S = 2
const FOREIGN: World = { seed: 0, prompts: [], edits: 0, drawn: false }

/** The source's own frames at their own times, in the prompt's light and weather, with its sound. */
export async function renderEdit(codecs: Codecs, job: RenderJob, path: string, on_progress: (fraction: number) => void): Promise<void> {
  if (job.source_path === null) throw new Error('An edit needs a clip.')
  const { width, height } = job
  const source = await openPart(job.source_path)
  try {
    const { pictures, sound, tags } = source
    const whole_s = pictures.end_s - pictures.first_s
    const seconds = job.short ? whole_s / 2 : whole_s
    const before = worldOf(tags) ?? FOREIGN
    const after = before.prompts.length === 0 ? before : changedWorld(before, job.prompt)
    const stretches: Stretch[] = [{ sound, from_s: pictures.first_s, length_s: seconds }]
    const way = soundWay(sound, null)
    const clip = await openClip(codecs, {
      path,
      pictures: { kind: 'encoded', width, height, fps: Math.round(pictures.fps), steady: false, frames_max: pictures.frames + 1 },
      sound: way && soundFormat(stretches, way.way),
      tags: {
        title: job.prompt.slice(0, 120),
        comment: 'Animatic: given pictures, relit from the words of the prompt, without an AI model.',
        raw: worldTag({ ...after, edits: before.edits + 1 }),
      },
      trailer: provenanceBox(before.drawn ? 'drawn' : 'composed'),
    })
    try {
      const relit = relight(seconds, before.edits, pictures)
      await interleave(relit, way && (way.way === 'copy' ? copySound(clip, stretches) : encodeStretches(codecs, clip, stretches)))
      await clip.finish()
    } catch (error) {
      await clip.abandon()
      throw error
    }

    async function* relight(until_s: number, row: number, track: PictureTrack): AsyncGenerator<number, void> {
      const look = lookOf(job.prompt, { width, height })
      const write = openEditCaption(job.prompt, row, { width, height })
      const projector = openProjector({ width, height }, look.tone)
      const planes = new Uint8Array(i420Bytes(width, height))
      let key_s = Number.NEGATIVE_INFINITY
      for await (const { sample, timestamp_s, duration_s } of framesOf(codecs, track.track)) {
        const at_s = timestamp_s - track.first_s
        if (at_s >= until_s - 1e-6) {
          sample.close()
          return
        }
        const canvas = await projector.show(sample).finally(() => sample.close())
        const context = canvas.getContext('2d')
        look.paint(context, at_s)
        write(context)
        const pixels = canvas.data()
        toI420(new Uint32Array(pixels.buffer, pixels.byteOffset, width * height), width, height, planes)
        const key_frame = at_s >= key_s + KEY_FRAME_EVERY_S - 1e-6
        if (key_frame) key_s = at_s
        await clip.addFrame(planes, key_frame, { timestamp_s: at_s, duration_s })
        // As in `film`: what the canvas handed out is freed between turns only.
        await turn()
        on_progress(Math.min(0.99, at_s / until_s))
        yield at_s
      }
    }
  } finally {
    source.close()
  }
}
