import { describe, expect, it } from 'vitest'
import type { Video } from '../api/video.ts'
import { barOf, look, OPEN_MAX, type Seen, stripOf } from './strip.ts'
import { sawEnd, watch } from './watch.ts'

const CREATED = 1_800_000_000

function video(status: Video['status'], stage: string, more: Partial<Video> = {}): Video {
  return {
    id: 'video_1',
    model: 'sora-2',
    status,
    progress: 0,
    created_at: CREATED,
    completed_at: null,
    expires_at: null,
    prompt: 'A boat',
    size: '1280x720',
    seconds: 4,
    error: null,
    filmgate: { credits: { quoted: 40, held: 40, captured: 0, released: 0 }, route: null, provider: null, eta: null, stage, demo: false },
    ...more,
  }
}

const at = (seconds: number) => (CREATED + seconds) * 1000
const states = (of: Video, seen: Seen = {}) => stripOf(of, seen).map(({ state }) => state)

describe('a film strip', () => {
  it('shows what is passed, what is now and what is to come', () => {
    expect(states(video('in_progress', 'rendering'))).toEqual(['passed', 'passed', 'current', 'ahead', 'ahead', 'ahead'])
    expect(states(video('completed', 'done'))).toEqual(Array(6).fill('passed'))
  })

  it('says that it does not know where the provider has not answered', () => {
    expect(states(video('in_progress', 'submit_unknown'))[1]).toBe('unknown')
    expect(states(video('in_progress', 'waiting_for_provider'))[2]).toBe('unknown')
    expect(states(video('queued', 'parked'))[0]).toBe('parked')
  })

  it('keeps a failure on the frame where it happened', () => {
    const seen = look({}, video('in_progress', 'rendering'), at(3))
    const failed = video('failed', 'done', { error: { code: 'provider_failed', message: '' } })
    expect(states(failed, seen)).toEqual(['passed', 'passed', 'failed', 'ahead', 'ahead', 'ahead'])
  })

  it('keeps its place while a cancel is on its way', () => {
    const seen = look({}, video('in_progress', 'fetching'), at(3))
    expect(states(video('in_progress', 'cancelling'), seen)[3]).toBe('current')
  })

  it('notes the first sight of each stage and leaves unseen ones empty', () => {
    let seen = look({}, video('queued', 'waiting_to_start'), at(1))
    seen = look(seen, video('in_progress', 'rendering'), at(4))
    seen = look(seen, video('in_progress', 'rendering'), at(9))
    const done = video('completed', 'done', { completed_at: CREATED + 12 })
    seen = look(seen, done, at(60))
    expect(stripOf(done, seen).map(({ at_s }) => at_s)).toEqual([0, null, 4, null, null, 12])
  })

  it('has no negative times when this clock is behind', () => {
    expect(look({}, video('in_progress', 'rendering'), at(-30))).toEqual({ rendering: 0 })
  })
})

describe('a progress bar', () => {
  it('never goes backwards and is full only when the clip is stored and checked', () => {
    expect(barOf(video('in_progress', 'rendering', { progress: 30 }), 45)).toBe(45)
    expect(barOf(video('in_progress', 'checking', { progress: 100 }), 45)).toBe(OPEN_MAX)
    expect(barOf(video('completed', 'done', { progress: 100 }), 45)).toBe(100)
  })
})

describe('watching a clip', () => {
  it('sees the end once', () => {
    const open = watch(undefined, {}, video('in_progress', 'checking'), 500, at(5))
    const ended = watch(open, {}, video('completed', 'done', { completed_at: CREATED + 6 }), 500, at(6))
    expect(sawEnd(open, ended)).toBe(true)
    expect(sawEnd(ended, ended)).toBe(false)
    expect(sawEnd(undefined, ended)).toBe(false)
  })
})
