import type { Answer } from '../exchange.ts'
import { readSubmitted } from '../openai/answers.ts'
import { PROFILES } from '../openai/profile.ts'
import type { Submitted } from '../provider.ts'
import type { End } from './queries.ts'

/** What an answer has said so far, whole or in pieces. */
export interface Heard {
  readonly text: string
  /** It said itself that nothing more comes. */
  readonly ended: boolean
  /** An error instead of words. */
  readonly error: { readonly code: string; readonly message: string } | null
}

export const NOTHING_HEARD: Heard = { text: '', ended: false, error: null }

/** Takes in the data of one server-sent event. What is no JSON says nothing. */
export function hear(heard: Heard, data: string): Heard {
  if (data.trim() === '[DONE]') return { ...heard, ended: true }
  try {
    return hearJson(heard, JSON.parse(data))
  } catch {
    return heard
  }
}

/** Takes in a chunk of a stream, or a whole completion. */
export function hearJson(heard: Heard, json: unknown): Heard {
  const error = memberOf(json, 'error')
  if (typeof error === 'object' && error !== null)
    return { ...heard, ended: true, error: { code: textOf(error, 'code') ?? '', message: textOf(error, 'message') ?? '' } }
  const choices = memberOf(json, 'choices')
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined
  const content = textOf(memberOf(choice, 'delta'), 'content') ?? textOf(memberOf(choice, 'message'), 'content') ?? ''
  return { ...heard, text: heard.text + content, ended: heard.ended || typeof memberOf(choice, 'finish_reason') === 'string' }
}

/** Whether it says anything of an order: words, or what is wrong. Any other JSON is no answer to one. */
export function isCompletion(json: unknown): boolean {
  return Array.isArray(memberOf(json, 'choices')) || memberOf(json, 'error') !== undefined
}

/** How far it says it is, whatever the language; null before it says so. Never 100: that is for a clip that was looked at. */
export function percentIn({ text }: Heard): number | null {
  const said = [...text.matchAll(/(\d{1,3})(?:\.\d+)?\s*[%％]/g)].map(([, percent]) => Number(percent))
  return said.length === 0 ? null : Math.min(99, Math.max(...said.filter((percent) => percent <= 100), 0))
}

/** How an answer ended that nobody adds to any more. One that broke off is a result all the same if it had given its link whole. */
export function endOf(heard: Heard, broke_off: string | null): End {
  const link = linkIn(heard)
  if (link !== null) return { state: 'done', link }
  if (!heard.ended) return { state: 'cut', message: broke_off ?? 'the stream ended without a result, and without saying so' }
  return SAYS_MODERATED.test(heard.error === null ? heard.text : `${heard.error.code} ${heard.error.message}`)
    ? { state: 'failed', reason: 'moderation_blocked', message: 'The provider does not make this clip: its moderation refused it.' }
    : { state: 'failed', reason: 'provider_failed', message: 'The provider could not make this clip.' }
}

/** Aggregators pass on the words of whoever made the clip, in English or Chinese. */
const SAYS_MODERATED = /moderat|content[_ ]policy|content[_ ]filter|safety|guardrail|violat|违规|审核|违反|敏感/i
const CLIP = /\.(?:mp4|mov|webm)(?:[?#]|$)/i
/** Each part can end in one way only, and has a greatest length: the text is anybody's, and may hold thousands of brackets. */
const IN_MARKDOWN = /(!?)\[[^\][]{0,4000}\]\(\s{0,9}<?(https?:\/\/[^\s)>[]{1,4000})>?(?:\s[^)]{0,500})?\)/g
/** Whole only if something follows it, or the answer has ended. */
const BARE = /https?:\/\/[^\s<>"')\]，。]+(?=([\s<>"')\]，。])|$)/g

/** The link to the clip: the last that is by its name, in markdown or bare; else the last link in markdown, those to pictures after the others. */
function linkIn({ text, ended }: Heard): string | null {
  const marked = [...text.matchAll(IN_MARKDOWN)].map(([, picture, url = '']) => ({ url, picture: picture === '!' }))
  const bare = [...text.matchAll(BARE)].flatMap(([url, follows]) => (follows !== undefined || ended ? [url] : []))
  const named = [...bare, ...marked.map(({ url }) => url)].findLast((url) => CLIP.test(url))
  const link = named ?? marked.findLast(({ picture }) => !picture)?.url ?? marked.at(-1)?.url
  return link !== undefined && URL.canParse(link) ? link : null
}

const NO_CLIP = { holds: 'whole', by_id: null, can_upload: false, has_characters: false } as const

/** What an answer says that is no 200. Aggregators are relays: their 503 may come from behind the point where the order was taken. */
export function readRefusal(answer: Answer, now: number): Exclude<Submitted, { outcome: 'running' }> {
  const said = readSubmitted(PROFILES['apiyi-relay'], NO_CLIP, answer, now)
  if (said.outcome === 'running') return { outcome: 'unknown', message: `the answer was ${answer.status}` }
  const code = textOf(memberOf(answer.json, 'error'), 'code') ?? ''
  const gone = answer.status === 410 || (answer.status === 404 && code.includes('model'))
  return said.outcome === 'rejected' && gone ? { ...said, gone } : said
}

function textOf(json: unknown, name: string): string | null {
  const value = memberOf(json, name)
  return typeof value === 'string' ? value : null
}

function memberOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
}
