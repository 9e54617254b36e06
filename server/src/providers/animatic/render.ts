import { setImmediate as turn } from 'node:timers/promises'
import { type ClipWriter, openClip } from '../../media/clip-writer.ts'
import type { Codecs } from '../../media/codecs.ts'
import { SAMPLE_RATE, SOUND_CHUNK } from '../../media/encoding.ts'
import { beginningOf } from './begin.ts'
import { FPS, type RenderJob } from './job.ts'
import { openPicture, type Picture } from './picture.ts'
import { provenanceBox } from './provenance.ts'
import { renderEdit } from './render-edit.ts'
import { openSoundtrack, type Soundtrack } from './soundtrack.ts'
import { newWorld, worldTag } from './world.ts'

const KEY_FRAME_EVERY = 2 * FPS

/** Draws, sounds and encodes one clip into `path`. Memory does not grow with its length. */
export async function render(codecs: Codecs, job: RenderJob, path: string, on_progress: (fraction: number) => void): Promise<void> {
  if (job.operation === 'edit') {
    await renderEdit(codecs, job, path, on_progress)
    on_progress(1)
    return
  }
  const from = await beginningOf(codecs, job)
  const picture = await openPicture(job, from)
  const scene = from ? from.world : newWorld(job.prompt, job.seed)
  const world = scene && { ...scene, drawn: scene.drawn && job.reference_path === null && job.characters.length === 0 }
  // One world has one key.
  const soundtrack = openSoundtrack(picture.story, { ...job, prompt: world?.prompts[0] ?? job.prompt })
  const { width, height, seconds } = job
  const clip = await openClip(codecs, {
    path,
    pictures: { kind: 'encoded', width, height, fps: FPS, steady: true, frames_max: seconds * FPS + 1 },
    sound: { kind: 'encoded', seconds },
    tags: {
      title: job.prompt.slice(0, 120),
      comment: 'Animatic: drawn from the words of the prompt, without an AI model.',
      // What is filmed over a given picture has no scene that another clip could go on with.
      ...(world && job.reference_path === null ? { raw: worldTag(world) } : {}),
    },
    trailer: provenanceBox(world?.drawn ? 'drawn' : 'composed'),
  })

  try {
    await film(clip, picture, soundtrack, seconds * FPS, on_progress)
    await clip.finish()
  } catch (error) {
    await clip.abandon()
    throw error
  }
  on_progress(1)
}

async function film(
  clip: ClipWriter,
  picture: Picture,
  soundtrack: Soundtrack,
  frames: number,
  on_progress: (fraction: number) => void,
): Promise<void> {
  let sounded = 0
  for (let frame = 0; frame < frames; frame += 1) {
    const key_frame = frame % KEY_FRAME_EVERY === 0 || picture.story.cuts.includes(frame)
    await clip.addFrame(picture.draw(frame), key_frame, { timestamp_s: frame / FPS, duration_s: 1 / FPS })
    // The pixels that the canvas handed out are freed between turns of the event loop only; without one per frame
    // memory grows by a frame each time, and its page faults double the time.
    await turn()
    // Sound keeps pace with the pictures: the muxer holds back whichever track is ahead.
    for (; sounded * FPS < (frame + 1) * SAMPLE_RATE; sounded += SOUND_CHUNK) clip.addSound(soundtrack.next())
    if (frame % 6 === 5) on_progress((frame + 1) / (frames + FPS / 2))
  }
}
