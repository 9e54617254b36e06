import { describe, expect, it } from 'vitest'
import { clipInFragment } from '../clip/shown.ts'
import { couldBeKey, keyInFragment, maskKey, takeKey } from './key.ts'

function storage(): Storage {
  const kept = new Map<string, string>()
  return {
    get length() {
      return kept.size
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
    clear: () => kept.clear(),
  }
}

describe('the key of a printed link', () => {
  it('leaves the address bar at once and is kept for the tab', () => {
    const replaced: unknown[] = []
    const kept = storage()
    const history = { replaceState: (_state: unknown, _title: string, url?: string | URL | null) => void replaced.push(url) }
    expect(takeKey({ hash: '#key=fg_live_abc', pathname: '/', search: '?a=1' }, history, kept)).toBe('fg_live_abc')
    expect(replaced).toEqual(['/?a=1'])
    expect(takeKey({ hash: '#clip=video_1', pathname: '/', search: '' }, history, kept)).toBe('fg_live_abc')
    expect(replaced).toHaveLength(1)
  })

  it('is told from other fragments', () => {
    expect(keyInFragment('')).toBeNull()
    expect(keyInFragment('#key=')).toBeNull()
    expect(clipInFragment('#clip=video_1')).toBe('video_1')
    expect(clipInFragment('#key=fg_live_abc')).toBeNull()
  })

  it('is never shown whole', () => {
    expect(maskKey('fg_live_0123456789abcdefx7Qa')).toBe('fg_live_…x7Qa')
    expect(maskKey('fg_live_short')).toBe('fg_live_…')
    expect(maskKey('secret')).toBe('…')
  })

  it('must be able to travel in a header', () => {
    expect(couldBeKey('fg_live_0123456789')).toBe(true)
    expect(couldBeKey('fg live 0123456789')).toBe(false)
    expect(couldBeKey('fg_live_ключ0123')).toBe(false)
  })
})
