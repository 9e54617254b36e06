import type { Context } from './context.ts'
import { EXIT } from './exits.ts'

/** One `--flag`. Without `takes` it is a switch. */
export interface Flag {
  readonly says: string
  /** What its value is called in the help: `SECONDS`. */
  readonly takes?: string
  /** One letter. */
  readonly short?: string
  /** May be given more than once. */
  readonly many?: true
  readonly choices?: readonly string[]
  /** Its value is a whole number between these. */
  readonly whole?: readonly [least: number, most: number]
  /** Its value is the path of a file: for completion. */
  readonly file?: true
}

/** A word without dashes, by its place. */
export interface Word {
  readonly says: string
  readonly optional?: true
  /** Takes all words that follow. */
  readonly many?: true
  readonly file?: true
  readonly choices?: readonly string[]
}

export type Flags = Readonly<Record<string, Flag>>
export type Words = Readonly<Record<string, Word>>

type FlagValue<F extends Flag> = F extends { readonly many: true }
  ? readonly string[]
  : F extends { readonly whole: readonly [number, number] }
    ? number | undefined
    : F extends { readonly choices: readonly (infer C)[] }
      ? C | undefined
      : F extends { readonly takes: string }
        ? string | undefined
        : boolean

type WordValue<W extends Word> = W extends { readonly many: true }
  ? readonly string[]
  : W extends { readonly optional: true }
    ? string | undefined
    : string

export interface Given<W extends Words, F extends Flags> {
  readonly words: { readonly [K in keyof W]: WordValue<W[K]> }
  readonly flags: { readonly [K in keyof F]: FlagValue<F[K]> }
}

export interface Command<W extends Words, F extends Flags> {
  readonly words: W
  readonly flags: F
  /** Sentences for its help, below the summary of the table. */
  readonly about?: readonly string[]
  readonly examples: readonly string[]
  /** Answers with an exit code, or nothing for 0. @throws Failure */
  run(given: Given<W, F>, context: Context): Promise<number | undefined> | Promise<void>
}

/** A command line after reading: every word and flag of the definition by its name, checked against it (arguments.ts). */
export interface Read {
  readonly words: Readonly<Record<string, unknown>>
  readonly flags: Readonly<Record<string, unknown>>
}

/** What the table holds: a command whose `run` knows its own words and flags, and nobody else does. */
export interface AnyCommand {
  readonly words: Words
  readonly flags: Flags
  readonly about?: readonly string[]
  readonly examples: readonly string[]
  start(read: Read, context: Context): Promise<number>
}

/**
 * Defines a command; what `run` is given is typed by its words and flags.
 * @example
 * export const command = defineCommand({
 *   words: { id: { says: 'Id of the video' } },
 *   flags: { limit: { takes: 'N', whole: [1, 100], says: 'So many at most' } },
 *   examples: ['filmgate receipt video_01'],
 *   async run({ words, flags }, context) {
 *     const filmgate = await context.gateway()
 *     context.out.document(await filmgate.get('/v1/videos/{video_id}/receipt', { path: { video_id: words.id } }), receiptText)
 *   },
 * })
 */
export function defineCommand<const W extends Words, const F extends Flags>(command: Command<W, F>): AnyCommand {
  const { words, flags, examples, about } = command
  return {
    words,
    flags,
    examples,
    ...(about && { about }),
    async start(read, context) {
      // The one place where names become types: `read` was made from these very definitions.
      return (await command.run(read as unknown as Given<W, F>, context)) ?? EXIT.ok
    },
  }
}
