import { describe, expect, test } from 'vitest'
import { answerTimeout, uploadBytes } from './upload.ts'

describe('the time for an answer', () => {
  test('is that of a request which brings next to nothing', () => {
    expect(answerTimeout(60_000, uploadBytes({ clip_bytes: null, has_picture: false }))).toBe(60_000)
  })

  test('grows with what is uploaded: 200 MiB may go out at 4 Mbit/s', () => {
    const clip = uploadBytes({ clip_bytes: 200 * 1024 ** 2, has_picture: false })
    expect(answerTimeout(60_000, clip)).toBe(460_000)
    expect(answerTimeout(60_000, uploadBytes({ clip_bytes: null, has_picture: true }))).toBe(110_000)
    expect(answerTimeout(60_000, 1)).toBe(60_001)
  })

  test('has an end', () => {
    expect(answerTimeout(60_000, Number.MAX_SAFE_INTEGER)).toBe(660_000)
  })
})
