import { nearest } from '@filmgate/client/nearest'
import type { AnyCommand } from './command.ts'

/** One line of the table: what help and completion say without loading the command. */
export interface Entry {
  /** One word, or two: `batch run`. */
  readonly name: string
  readonly group: string
  readonly summary: string
  readonly load: () => Promise<{ readonly command: AnyCommand }>
}

const entry = (group: string, name: string, summary: string, load: Entry['load']): Entry => ({ group, name, summary, load })

/** Every command, in the order of the help. A new one is one line here and one file in commands/: each is a chunk of its own, loaded when it runs. */
export const COMMANDS: readonly Entry[] = [
  entry('Make clips', 'quote', 'Say what a clip would cost, without ordering it', () => import('./commands/quote.ts')),
  entry('Make clips', 'generate', 'Order a clip, wait for it and save it', () => import('./commands/generate.ts')),
  entry('Make clips', 'promote', 'Make the final of a draft', () => import('./commands/promote.ts')),
  entry('Make clips', 'wait', 'Wait until videos have ended', () => import('./commands/wait.ts')),
  entry('Make clips', 'watch', 'Show every change of open videos', () => import('./commands/watch.ts')),
  entry('Make clips', 'videos', 'List videos', () => import('./commands/videos.ts')),
  entry('Make clips', 'download', 'Save a finished video, or a picture of it', () => import('./commands/download.ts')),
  entry('Plan', 'advise', 'Find the cheapest mix of plans and price lists for a month', () => import('./commands/advise.ts')),
  entry('Plan', 'estimate', 'Say what a whole project will cost', () => import('./commands/estimate.ts')),
  entry('Plan', 'check', 'Look at a prompt before it is ordered', () => import('./commands/check.ts')),
  entry(
    'Plan',
    'storyboard create',
    'Plan a film: its shots priced and looked at together',
    () => import('./commands/storyboard.create.ts'),
  ),
  entry('Plan', 'storyboard list', 'List storyboards', () => import('./commands/storyboard.list.ts')),
  entry('Plan', 'storyboard show', 'Show how a storyboard stands', () => import('./commands/storyboard.show.ts')),
  entry('Plan', 'storyboard preview', 'Draw every shot for nothing', () => import('./commands/storyboard.preview.ts')),
  entry('Plan', 'storyboard make', 'Make the shots that are not made yet', () => import('./commands/storyboard.make.ts')),
  entry('Many at once', 'batch run', 'Order a file of clips, under a budget', () => import('./commands/batch.run.ts')),
  entry('Many at once', 'batch list', 'List batches', () => import('./commands/batch.list.ts')),
  entry('Many at once', 'batch show', 'Show how far a batch is, and what failed', () => import('./commands/batch.show.ts')),
  entry('Many at once', 'batch pause', 'Begin nothing more for now', () => import('./commands/batch.pause.ts')),
  entry('Many at once', 'batch resume', 'Let a paused batch go on', () => import('./commands/batch.resume.ts')),
  entry('Many at once', 'batch cancel', 'Begin nothing more, and stop what is open', () => import('./commands/batch.cancel.ts')),
  entry('Many at once', 'batch results', 'Print what became of every order', () => import('./commands/batch.results.ts')),
  entry('Money', 'receipt', 'Show what a clip was charged, line by line', () => import('./commands/receipt.ts')),
  entry('Money', 'why', 'Say why a clip stands, went and cost as it did', () => import('./commands/why.ts')),
  entry('Money', 'balance', 'Show what can be spent', () => import('./commands/balance.ts')),
  entry('Money', 'grants', 'List credits by where they came from and when they end', () => import('./commands/grants.ts')),
  entry('Money', 'ledger', 'List every change of the balance', () => import('./commands/ledger.ts')),
  entry('Money', 'compare', 'Compare what a clip costs here and elsewhere', () => import('./commands/compare.ts')),
  entry('Money', 'rate-cards', 'List price lists, or show one', () => import('./commands/rate-cards.ts')),
  entry('Integrate', 'webhooks listen', 'Hear events on this machine, and pass them on', () => import('./commands/webhooks.listen.ts')),
  entry('Operate', 'customers', 'List customers', () => import('./commands/customers.ts')),
  entry('Operate', 'customers create', 'Make a customer', () => import('./commands/customers.create.ts')),
  entry('Operate', 'keys', 'List the keys of a customer', () => import('./commands/keys.ts')),
  entry('Operate', 'keys create', 'Make a key, with a budget if it should have one', () => import('./commands/keys.create.ts')),
  entry('Operate', 'keys revoke', 'End a key at once', () => import('./commands/keys.revoke.ts')),
  entry('Operate', 'attempts', 'List tries at providers', () => import('./commands/attempts.ts')),
  entry('Operate', 'attempts resolve', 'End a try that no provider answers for', () => import('./commands/attempts.resolve.ts')),
  entry('Operate', 'margin', 'Show what was earned, by model, route, customer or day', () => import('./commands/margin.ts')),
  entry('Operate', 'audit', 'Check the ledger against its own rules', () => import('./commands/audit.ts')),
  entry(
    'Operate',
    'catalogue check',
    'List prices and facts that somebody should read again',
    () => import('./commands/catalogue.check.ts'),
  ),
  entry('Run a gateway', 'serve', 'Start a gateway', () => import('./commands/serve.ts')),
  entry('Run a gateway', 'worker', 'Start a process that makes clips and takes no orders', () => import('./commands/worker.ts')),
  entry('This program', 'doctor', 'Find out why something does not work', () => import('./commands/doctor.ts')),
  entry('This program', 'config show', 'Show the settings in force, and where each came from', () => import('./commands/config.show.ts')),
  entry('This program', 'completion', 'Print a completion script for bash, zsh or fish', () => import('./commands/completion.ts')),
  entry('This program', 'help', 'Explain a command', () => import('./commands/help.ts')),
]

export type Chosen =
  | { readonly outcome: 'found'; readonly entry: Entry; readonly rest: readonly string[] }
  /** The first word of commands of two. */
  | { readonly outcome: 'group'; readonly word: string; readonly typed: string | null }
  | { readonly outcome: 'unknown'; readonly word: string; readonly meant: string | null }

/** Which command these words begin with. */
export function chooseCommand(words: readonly string[]): Chosen {
  const [first = '', second] = words
  const two = COMMANDS.find(({ name }) => name === `${first} ${second}`)
  if (two !== undefined) return { outcome: 'found', entry: two, rest: words.slice(2) }
  const one = COMMANDS.find(({ name }) => name === first)
  if (one !== undefined) return { outcome: 'found', entry: one, rest: words.slice(1) }
  if (COMMANDS.some(({ name }) => name.startsWith(`${first} `))) {
    return { outcome: 'group', word: first, typed: second?.startsWith('-') ? null : (second ?? null) }
  }
  const known = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0] ?? name))]
  return { outcome: 'unknown', word: first, meant: nearest(first, known) }
}
