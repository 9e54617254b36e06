import { expect, test } from 'vitest'
import { readProgress, readSubmitted } from './answers.ts'
import { writeForm } from './multipart.ts'
import { PROFILES } from './profile.ts'

const answered = (status: number, json: object) => ({ status, headers: new Headers(), json })

test('an extension of which only the tail comes back says so, from the reference to the asset', () => {
  const submitted = readSubmitted(
    PROFILES.openai,
    { holds: 'tail', by_id: null, can_upload: false, has_characters: false },
    answered(200, { id: 'video_1' }),
    0,
  )
  if (submitted.outcome !== 'running') throw new Error(submitted.outcome)
  const completed = answered(200, { id: 'video_1', status: 'completed' })
  expect(readProgress(PROFILES.openai, submitted.ref, completed)).toMatchObject({ asset: { id: 'video_1', part: 'tail' } })
  expect(readProgress(PROFILES.openai, { id: 'video_1' }, completed)).toMatchObject({ asset: { id: 'video_1' } })
})

test('a form is as long as it says, and reads as it was written, also where nobody knows its length', async () => {
  const file = () => new Response('the clip\r\n--x').body ?? new ReadableStream()
  for (const bytes of [13, null]) {
    const form = writeForm([
      { name: 'prompt', text: 'a boat,\n"船"\r\n' },
      { name: 'characters[][id]', text: 'char_1' },
      { name: 'characters[][id]', text: 'char_2' },
      { name: 'picture', filename: 'reference', type: 'image/png', content: new Uint8Array([0x89, 13, 10]) },
      { name: 'video', filename: 'clip.mp4', type: 'video/mp4', content: file(), bytes },
    ])
    const whole = await new Response(form.body).bytes()
    expect(form.headers['content-length']).toBe(bytes === null ? undefined : String(whole.byteLength))
    const read = await new Response(whole, { headers: { 'content-type': form.headers['content-type'] ?? '' } }).formData()
    expect([read.get('prompt'), read.getAll('characters[][id]')]).toEqual(['a boat,\n"船"\r\n', ['char_1', 'char_2']])
    const files = ['picture', 'video'].map((name) => read.get(name)).filter((value) => value instanceof File)
    expect(files.map(({ name, type }) => [name, type])).toEqual([
      ['reference', 'image/png'],
      ['clip.mp4', 'video/mp4'],
    ])
    expect(await files[0]?.bytes()).toEqual(new Uint8Array([0x89, 13, 10]))
    expect(await files[1]?.text()).toBe('the clip\r\n--x')
    await form.discard()
  }
})
