import { nearest } from '@filmgate/client/nearest'
import { readArguments } from './arguments.ts'
import type { Flags } from './command.ts'
import { COMMANDS, chooseCommand, type Entry } from './commands.ts'
import { EXIT, Failure, usage } from './exits.ts'
import { failureOf } from './failures.ts'
import { openGateway } from './gateway.ts'
import { GLOBAL_FLAGS } from './globals.ts'
import { explain, family, overview } from './help.ts'
import { type Format, Output } from './output.ts'
import { readSettings } from './settings.ts'
import { plain } from './text/width.ts'
import { VERSION } from './version.ts'
import type { World } from './world.ts'

/** Runs one command line to its end. Never throws: what goes wrong is said on stderr (with `--json` as JSON on stdout) and is in the exit code. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  // As far as it can be told before anything is read: a mistake in the command line answers in the format that was asked for.
  const out = new Output(world, formatOf(argv), colorOf(argv))
  try {
    return await dispatch(argv, world, out)
  } catch (error) {
    if (world.interrupted.aborted && !(error instanceof Failure)) return EXIT.interrupted
    return say((await failureOf(error)) ?? ourMistake(error, world), out)
  }
}

/** What was thrown where nobody could catch it: the same one sentence, and an exit code. */
export function reportCrash(error: unknown, argv: readonly string[], world: Pick<World, 'env' | 'node' | 'stdout' | 'stderr'>): number {
  const stack = stackOf(error)
  // Node's own fetch fails an assertion when a connection is closed while a body still waits to be read.
  const failure = /deps\/undici/.test(stack)
    ? new Failure(EXIT.network, {
        code: 'no_answer',
        message: 'The connection broke while an answer was read. Repeat the same command: it goes on with what was begun.',
        charged: 'unknown',
      })
    : ourMistake(error, world)
  return say(failure, new Output(world, formatOf(argv), colorOf(argv)))
}

function ourMistake(error: unknown, world: Pick<World, 'node'>): Failure {
  const message = `This is a mistake in filmgate ${VERSION} (Node ${world.node}), not yours: ${stackOf(error)}`
  return new Failure(EXIT.unexpected, { code: 'unexpected', message })
}

async function dispatch(argv: readonly string[], world: World, out: Output): Promise<number> {
  const { before, words } = splitGlobals(argv)
  if (before.includes('--version') || before.includes('-V')) {
    out.document({ object: 'version', version: VERSION, node: world.node }, ({ version }) => [version])
    return EXIT.ok
  }
  if (words.length === 0) {
    out.lines(overview(out))
    return before.includes('--help') || before.includes('-h') ? EXIT.ok : EXIT.usage
  }
  const { entry, rest } = found(words, out)
  const { command } = await entry.load()
  const typed = [...before, ...rest]
  if (asksForHelp(typed, command.flags)) {
    out.lines(explain(entry, command, out))
    return EXIT.ok
  }
  const read = readArguments(typed, command.words, { ...GLOBAL_FLAGS, ...command.flags })
  if (read.flags.json === true && read.flags.jsonl === true) throw usage('--json and --jsonl exclude each other.')
  const settings = await readSettings(world, {
    url: textOf(read.flags.url),
    key_file: textOf(read.flags['key-file']),
    customer: textOf(read.flags.customer),
  })
  return command.start(read, { world, out, settings, gateway: () => openGateway(settings, world) })
}

function found(words: readonly string[], out: Output): { readonly entry: Entry; readonly rest: readonly string[] } {
  const chosen = chooseCommand(words)
  if (chosen.outcome === 'found') return chosen
  if (chosen.outcome === 'unknown') {
    const meant = chosen.meant === null ? 'filmgate help lists all' : `did you mean ${chosen.meant}?`
    throw usage(`There is no command ${JSON.stringify(plain(chosen.word))}; ${meant}`)
  }
  const members = COMMANDS.map(({ name }) => name.split(' ')).flatMap(([first, second]) =>
    first === chosen.word && second ? [second] : [],
  )
  const meant = chosen.typed === null ? null : nearest(chosen.typed, members)
  const what =
    chosen.typed === null ? `${chosen.word} needs a second word` : `There is no ${JSON.stringify(plain(`${chosen.word} ${chosen.typed}`))}`
  throw usage(`${what}${meant === null ? '' : `; did you mean ${chosen.word} ${meant}?`}`, family(chosen.word, out))
}

/** Flags may stand before the command; then they are everybody's. */
function splitGlobals(argv: readonly string[]): { readonly before: readonly string[]; readonly words: readonly string[] } {
  const before: string[] = []
  const words = [...argv]
  while (words[0]?.startsWith('-')) {
    const word = words.shift() ?? ''
    before.push(word)
    const flags: Flags = GLOBAL_FLAGS
    const takes = flags[word.slice(2)]?.takes !== undefined
    const value = takes ? words.shift() : undefined
    if (value !== undefined) before.push(value)
  }
  const known = ['--version', '-V']
  if (words.length === 0)
    readArguments(
      before.filter((word) => !known.includes(word)),
      {},
      GLOBAL_FLAGS,
    )
  return { before, words }
}

function asksForHelp(typed: readonly string[], flags: Flags): boolean {
  const end = typed.indexOf('--')
  const asked = end < 0 ? typed : typed.slice(0, end)
  return asked.includes('--help') || (asked.includes('-h') && !Object.values(flags).some(({ short }) => short === 'h'))
}

function say(failure: Failure, out: Output): number {
  const { code, message, request_id = null, charged = false, more = {}, advice = [] } = failure.details
  if (out.format === 'text') {
    const { red, dim } = out.paint_notes
    const [first = '', ...others] = message.split('\n')
    out.note(`filmgate: ${first}`, (line) => line.replace(/^filmgate:/, red))
    for (const line of [...others, ...advice]) out.note(line)
    if (request_id !== null) out.note(`request ${request_id}`, dim)
  } else {
    out.document({ error: { ...more, code, exit: failure.exit, message, request_id, charged } }, () => [])
  }
  return failure.exit
}

function formatOf(argv: readonly string[]): Format {
  const end = argv.indexOf('--')
  const flags = end < 0 ? argv : argv.slice(0, end)
  if (flags.includes('--json')) return 'json'
  return flags.includes('--jsonl') ? 'jsonl' : 'text'
}

function colorOf(argv: readonly string[]): boolean | null {
  if (argv.includes('--no-color')) return false
  return argv.includes('--color') ? true : null
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
