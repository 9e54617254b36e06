import {
  ACTIONS,
  CAMERA,
  DETERMINERS,
  ENGLISH,
  FOREIGN,
  LIGHT,
  NO_ACTIONS,
  NO_PLACES,
  PLACE_PREPOSITIONS,
  PLACES,
  SUBJECTS,
  TURNS,
} from './prompt-words.ts'

export const PROMPT_PARTS = ['subject', 'action', 'place', 'light', 'camera', 'length'] as const
export type PromptPart = (typeof PROMPT_PARTS)[number]

export interface CheckedPart {
  readonly part: PromptPart
  readonly found: boolean
  /** The words by which it was found, as they stand in the prompt; of the length, what was counted. */
  readonly text: string | null
  /** What would do; null where it is there. */
  readonly suggestion: string | null
}

export interface PromptCheck {
  /** `unknown`: not English as far as can be seen, and so nothing is said about it. */
  readonly language: 'english' | 'unknown'
  readonly parts: readonly CheckedPart[]
  /** Of a hundred, how much is there; null where nobody can tell. */
  readonly score: number | null
  readonly message: string
}

/** How long a shot of several must be to be seen. */
const SHOT_MIN_S = 2
/** Something that happens takes about so long. */
const ACTION_S = 4
/** What can be seen in a second of description, beside what every clip may have. */
const WORDS_A_SECOND = 10
const WORDS_ALWAYS = 40
const WORDS_LEAST = 4

/**
 * Looks for what a prompt should say: who or what, what happens, where, in which light, how it is filmed, and whether that fits into the seconds.
 * Reads words by lists of English ones, and not their meaning: it may miss what is there and find what is not meant. It changes nothing and refuses nothing.
 */
export function checkPrompt(prompt: string, about: { readonly seconds: number; readonly shots: number }): PromptCheck {
  const text = plain(prompt)
  const found = wordsOf(text)
  const all = found.flatMap((word) => (isMark(word) ? [] : [word.toLowerCase()]))
  if (!isEnglish(all)) {
    return {
      language: 'unknown',
      parts: [],
      score: null,
      message: 'This check reads English words, and can not tell about this text. That is no fault of the prompt.',
    }
  }
  const camera = phraseIn(text, CAMERA)
  const light = phraseIn(text, LIGHT)
  // What the camera does is no action: "slow push in".
  const acts = actionsIn(wordsOf(text.replaceAll(new RegExp(patternOf(CAMERA), 'giu'), ' , ')))
  const parts = [
    part('subject', subjectIn(found), 'Say who or what is to be seen, such as "an old fisherman" or "a red sports car".'),
    part('action', acts[0] ?? null, 'Say what happens, such as "walks towards us" or "the wind moves the curtains".'),
    part('place', placeIn(found), 'Say where it is, such as "on a foggy pier" or "in a small kitchen".'),
    part('light', light, 'Say the light or the hour, such as "at golden hour" or "by candlelight".'),
    part('camera', camera, 'Say how it is filmed, such as "wide shot, slow push in" or "handheld close-up".'),
    lengthOf(text, all.length, acts.length, about),
  ]
  const there = parts.filter((one) => one.found).length
  const missing = parts.flatMap((one) => (one.found ? [] : [one.part]))
  const said = missing.length === 0 ? 'All six parts are there.' : `Not found: ${missing.join(', ')}.`
  return {
    language: 'english',
    parts,
    score: Math.round((there * 100) / parts.length),
    message: `${said} This check reads words, not their meaning: what it proposes is never applied by itself.`,
  }
}

/** A mark ends what belongs together, so it is kept as a word of its own. */
function wordsOf(text: string): readonly string[] {
  return text.match(/\p{L}[\p{L}\p{M}\p{N}'-]*|[.,;:!?()]/gu) ?? []
}

function part(name: PromptPart, text: string | null, suggestion: string): CheckedPart {
  return { part: name, found: text !== null, text, suggestion: text === null ? suggestion : null }
}

/** Without what is said to emulators, and with one kind of apostrophe and dash. */
function plain(prompt: string): string {
  return prompt
    .replaceAll(/\[\[[^\]]{0,100}\]\]/g, ' ')
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/[‐‑–—]/g, '-')
}

/** Other letters, or more of another tongue's small words than of English ones; a few words that nobody knows are given the benefit. */
function isEnglish(words: readonly string[]): boolean {
  const other_letters = words.filter((word) => /[^\p{Script=Latin}\p{N}\p{M}'-]/u.test(word)).length
  if (other_letters * 4 > words.length) return false
  const foreign = words.filter((word) => FOREIGN.has(word) && !ENGLISH.has(word)).length
  const english = words.filter((word) => ENGLISH.has(word)).length
  if (foreign > english) return false
  const known = words.filter((word) => ENGLISH.has(word) || SUBJECTS.has(word) || PLACES.has(word) || isAction(word)).length
  return words.length < 5 || known * 8 >= words.length
}

/** The first of these in a text, longest first where several begin at one place, as it is written there. */
function phraseIn(text: string, phrases: readonly string[]): string | null {
  return patternOf(phrases).exec(text)?.[0] ?? null
}

const patterns = new WeakMap<readonly string[], RegExp>()

function patternOf(phrases: readonly string[]): RegExp {
  const known = patterns.get(phrases)
  if (known !== undefined) return known
  const longest_first = phrases.toSorted((a, b) => b.length - a.length).map((phrase) => phrase.replaceAll(' ', '[ -]{1,3}'))
  const made = new RegExp(`(?<![\\p{L}\\p{N}])(?:${longest_first.join('|')})(?![\\p{L}\\p{N}])`, 'iu')
  patterns.set(phrases, made)
  return made
}

const isMark = (word: string): boolean => /^[.,;:!?()]$/.test(word)

const lower = (words: readonly string[], at: number): string => (words[at] ?? '').toLowerCase()

/** Somebody who is known, or what follows an article and is neither place nor light nor camera. */
function subjectIn(words: readonly string[]): string | null {
  for (const [at, word] of words.entries()) {
    const one = word.toLowerCase()
    const is_named = /^\p{Lu}\p{Ll}/u.test(word) && at > 0 && !isMark(words[at - 1] ?? '') && !isOther(one)
    if (isSubject(words, at)) return withArticle(words, at)
    if (is_named && !PLACES.has(one)) return word
    if (!DETERMINERS.has(one) || PLACE_PREPOSITIONS.has(lower(words, at - 1))) continue
    const noun = nounAfter(words, at)
    if (noun !== null) return words.slice(at, noun + 1).join(' ')
  }
  return null
}

/** Somebody who is known, unless the word is the camera's: "a drone shot". */
function isSubject(words: readonly string[], at: number): boolean {
  const word = lower(words, at)
  return SUBJECTS.has(word) && phraseIn(`${word} ${lower(words, at + 1)}`, CAMERA)?.startsWith(word) !== true
}

function withArticle(words: readonly string[], at: number): string {
  for (const back of [1, 2, 3]) if (DETERMINERS.has(lower(words, at - back))) return words.slice(at - back, at + 1).join(' ')
  return words[at] ?? ''
}

/** Where the noun of an article is: the last of up to four words before one that holds a sentence together, or by which something happens. */
function nounAfter(words: readonly string[], article: number): number | null {
  let noun: number | null = null
  for (let at = article + 1; at <= article + 4 && at < words.length; at++) {
    const word = lower(words, at)
    if (isMark(word) || ENGLISH.has(word) || PLACE_PREPOSITIONS.has(word) || (isAction(word) && noun !== null)) break
    noun = at
    if (isSubject(words, at) && !isSubject(words, at + 1)) break
  }
  return noun === null || isOther(lower(words, noun)) ? null : noun
}

const isOther = (word: string): boolean =>
  PLACES.has(word) || phraseIn(word, LIGHT) !== null || phraseIn(word, CAMERA) !== null || ENGLISH.has(word)

/** Every word by which something happens, each verb once. */
function actionsIn(words: readonly string[]): readonly string[] {
  const seen = new Map<string, string>()
  for (const [at, word] of words.entries()) {
    const one = word.toLowerCase()
    const after_article = DETERMINERS.has(lower(words, at - 1)) // "a walk", "the run": then it is a thing
    if (isAction(one) && !after_article) seen.set(stem(one), seen.get(stem(one)) ?? word)
  }
  return [...seen.values()]
}

function isAction(word: string): boolean {
  if (NO_ACTIONS.has(word)) return false
  return (word.length > 4 && word.endsWith('ing')) || ACTIONS.has(word) || ACTIONS.has(stem(word))
}

/** @example stem('running') // 'run'; stem('dances') // 'dance' */
function stem(word: string): string {
  const forms = [/^(.+)s$/, /^(.+)es$/, /^(.+)ies$/, /^(.+)ing$/, /^(.+)ed$/].flatMap((form) => form.exec(word)?.[1] ?? [])
  const bases = forms.flatMap((base) => [base, `${base}e`, `${base}y`, base.replace(/(.)\1$/, '$1')])
  return bases.find((base) => ACTIONS.has(base)) ?? word
}

/** A word for a place, or what follows "in the" and is none for a time, a light or a style. */
function placeIn(words: readonly string[]): string | null {
  for (const [at, word] of words.entries()) {
    const one = word.toLowerCase()
    if (PLACES.has(one)) return placed(words, at)
    if (!PLACE_PREPOSITIONS.has(one)) continue
    const article = DETERMINERS.has(lower(words, at + 1)) ? at + 1 : at
    const noun = nounAfter(words, article)
    if (article === at || noun === null) continue
    const between = words.slice(article + 1, noun + 1).map((between_word) => between_word.toLowerCase())
    if (!between.some((inside) => NO_PLACES.has(inside) || SUBJECTS.has(inside))) return words.slice(at, noun + 1).join(' ')
  }
  return null
}

/** With the words that lead to it: `on a foggy pier`. */
function placed(words: readonly string[], at: number): string {
  for (const back of [1, 2, 3, 4]) if (PLACE_PREPOSITIONS.has(lower(words, at - back))) return words.slice(at - back, at + 1).join(' ')
  return words[at] ?? ''
}

const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`

/** Whether what happens fits into the seconds: counts, not a judgement. */
function lengthOf(
  text: string,
  words: number,
  actions: number,
  { seconds, shots }: { readonly seconds: number; readonly shots: number },
): CheckedPart {
  const turns = text.match(new RegExp(patternOf(TURNS), 'giu'))?.length ?? 0
  const happens = Math.max(actions, turns + 1)
  const counted = `${plural(words, 'word')}, ${plural(actions, 'action')}${shots > 1 ? `, ${shots} shots` : ''} in ${plural(seconds, 'second')}`
  const fits = Math.max(2, Math.ceil(seconds / ACTION_S) + 1)
  const most_words = WORDS_ALWAYS + seconds * WORDS_A_SECOND
  if (shots > 1 && seconds < shots * SHOT_MIN_S) {
    return wrongLength(
      counted,
      `${shots} shots in ${plural(seconds, 'second')} are too short to be seen: give each at least ${SHOT_MIN_S}, or make each a clip.`,
    )
  }
  if (happens > Math.max(fits, shots)) {
    return wrongLength(
      counted,
      `${happens} things happen, and ${plural(seconds, 'second')} show about ${fits}: take a longer clip, or several shots.`,
    )
  }
  if (words > most_words) {
    return wrongLength(
      counted,
      `${words} words are more than ${plural(seconds, 'second')} can show: keep what is to be seen, at most about ${most_words}.`,
    )
  }
  if (words < WORDS_LEAST)
    return wrongLength(counted, `${plural(words, 'word')} leave nearly everything to chance: a sentence or two would do.`)
  return { part: 'length', found: true, text: counted, suggestion: null }
}

function wrongLength(text: string, suggestion: string): CheckedPart {
  return { part: 'length', found: false, text, suggestion }
}
