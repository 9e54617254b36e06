/** Trouble that a prompt asks for by name (contract.md, "Failure sentinels"), for tests, demos and outsiders. */
export interface Sentinels {
  readonly fail: boolean
  readonly moderated: boolean
  readonly hang: boolean
  readonly short: boolean
  /** The clip is ready this much later than it would be. */
  readonly slow_ms: number
  /** So many status reads fail first. */
  readonly flaky: number
}

export const NO_TROUBLE: Sentinels = { fail: false, moderated: false, hang: false, short: false, slow_ms: 0, flaky: 0 }

/** An hour of slowness and a million bad reads are more than any test needs; larger numbers would overflow their columns. */
const SLOW_S_MAX = 3_600
const FLAKY_MAX = 1_000_000

/** Reads the sentinels of a prompt. */
export function readSentinels(prompt: string): Sentinels {
  const number = (name: string, max: number) => {
    const match = new RegExp(`\\[\\[${name}:(\\d+(?:\\.\\d+)?)\\]\\]`).exec(prompt)
    return match ? Math.min(Number(match[1]), max) : 0
  }
  return {
    fail: prompt.includes('[[fail]]'),
    moderated: prompt.includes('[[moderated]]'),
    hang: prompt.includes('[[hang]]'),
    short: prompt.includes('[[short]]'),
    slow_ms: Math.round(number('slow', SLOW_S_MAX) * 1000),
    flaky: Math.floor(number('flaky', FLAKY_MAX)),
  }
}

/** The prompt as it is drawn and captioned. */
export function withoutSentinels(prompt: string): string {
  return prompt.replace(/\[\[[a-z]+(?::[\d.]+)?\]\]/g, '').trim()
}
