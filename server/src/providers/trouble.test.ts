import { expect, test } from 'vitest'
import type { Answer } from './exchange.ts'
import { readSubmitted as readFal } from './fal/answers.ts'
import { readRefusal as readGoogle } from './google/wire.ts'
import { readSubmitted as readKling } from './kling/answers.ts'
import type { Submitted, Trouble } from './provider.ts'
import { readSubmitted as readReplicate } from './replicate/answers.ts'

const answer = (status: number, json: unknown): Answer => ({ status, json, headers: new Headers() })
const google = (status: number) => readGoogle(answer(status, { error: { code: status, message: 'No.' } }), 0)
const fal = (status: number, detail: string) => readFal(answer(status, { detail }), 'fal-ai/veo3.1', 0)
const kling = (code: number) => readKling(answer(200, { code, message: 'No.' }), 'text2video', 0)

// Another route may take what was refused for the account, and the account rests; what was refused for the order is refused.
test.each<[string, Submitted, Trouble | undefined]>([
  ['fal’s 401', fal(401, 'No.'), 'key'],
  ['fal’s locked account', fal(403, 'User is locked. Reason: Exhausted balance.'), 'balance'],
  ['fal’s 403 of another kind', fal(403, 'Not for you.'), undefined],
  ['Replicate’s 401', readReplicate(answer(401, { detail: 'No.' }), 0), 'key'],
  ['Replicate’s 402', readReplicate(answer(402, { detail: 'No.' }), 0), 'balance'],
  ['Google’s 401', google(401), 'key'],
  ['Google’s own 403', google(403), 'key'],
  ['a 403 of something in between', readGoogle(answer(403, undefined), 0), undefined],
  ['Google’s 400', google(400), undefined],
  ['a token that Kling does not take', kling(1002), 'key'],
  ['an account of Kling with nothing left', kling(1102), 'balance'],
  ['parameters that Kling does not take', kling(1201), undefined],
])('%s is the operator’s to mend, or the order’s', (_, submitted, trouble) => {
  expect(submitted.outcome).toBe('rejected')
  expect('trouble' in submitted ? submitted.trouble : undefined).toBe(trouble)
})
