import type { Operation, Seen } from '../../emulators/src/openai.ts'
import type { Spoken, When } from './commit-gate.ts'

/** One commit of a video's life, told by what its transaction says. */
export type Move = 'ordered' | 'looked' | 'ended' | 'told' | { readonly to: string }

/** One instant at which a server can be killed, and what is true of an order then and in the end. */
export interface Point {
  readonly name: string
  /** What the order asks of the emulator beside its clip. */
  readonly asks: string
  readonly at:
    | { readonly commit: Move; readonly when: When }
    /** A request that hangs at the emulator. */
    | { readonly call: Call; readonly fault: Hanging }
    /** A webhook that came and is not answered. */
    | { readonly webhook: 'came' }
  /** Where its newest attempt stands in the database after the kill; null: the order is not there. */
  readonly found: string | null
  /** `completed`, or the code of its error. */
  readonly ends: string
  /** `lost`: nobody knows after the kill that it never arrived, which is believed only 130 s later. `slow`: so late does the instant itself come. */
  readonly waits?: 'lost' | 'slow'
}

export type Hanging = 'hang_before' | 'hang_after' | 'hang_half'
export type Call = 'submit' | 'retrieve' | 'content' | 'list'

const CALLS: Readonly<Record<Call, readonly Operation[]>> = {
  submit: ['create', 'remix', 'edit', 'extend'],
  retrieve: ['retrieve'],
  content: ['content'],
  list: ['list'],
}

/** Whether it is such a request, and whether it is about this prompt (a list is about nobody's). */
export function isCall({ operation, prompt }: Seen, call: Call, of: string): boolean {
  return CALLS[call].includes(operation) && (prompt === of || call === 'list')
}

type Made = Omit<Point, 'name' | 'at' | 'found' | 'asks' | 'ends'> & Partial<Pick<Point, 'asks' | 'ends'>>

/** Both sides of one commit: before it everything is as it was. */
function commit(name: string, move: Move, [before, after]: readonly [string | null, string], made: Made & { before?: Made } = {}): Point[] {
  const { before: made_before, ...rest } = made
  const usual = { asks: '', ends: 'completed', ...rest }
  return [
    { ...usual, ...made_before, name: `${name}: before its commit`, at: { commit: move, when: 'before' }, found: before },
    { ...usual, name: `${name}: after its commit`, at: { commit: move, when: 'after' }, found: after },
  ]
}

/** A request that came and was not carried out, one that was and is not answered; of a clip also one that is half-way here. */
function call(name: string, which: Call, found: string, made: { came?: Made; carried_out?: Made } = {}): Point[] {
  const of = (label: string, fault: Hanging, more: Made = {}): Point => {
    const usual = { asks: which === 'list' ? '[[submit:drop_after]]' : `[[${which}:${fault}]]`, ends: 'completed' }
    return { ...usual, ...more, name: `${name}: ${label}`, at: { call: which, fault }, found }
  }
  return [
    of('it came', 'hang_before', made.came),
    of('carried out, not answered', 'hang_after', made.carried_out),
    ...(which === 'content' ? [of('half of it is here', 'hang_half')] : []),
  ]
}

/** The steps of an order, in the order of its life: every commit and every call to the outside, from both sides. */
export const POINTS: readonly Point[] = [
  ...commit('create, the hold', 'ordered', [null, 'planned']),
  ...commit('submit, the intent to send', { to: 'submitting' }, ['planned', 'submitting']).map((point) =>
    point.found === 'submitting' ? { ...point, waits: 'lost' as const } : point,
  ),
  ...call('submit, the order itself', 'submit', 'submitting', { came: { waits: 'lost' } }),
  ...commit('submit, its reference', { to: 'running' }, ['submitting', 'running']),
  // Refused or put off, and killed before that is written down: nobody knows, so it is looked up, and goes again when it is absent for sure.
  ...commit('submit, a refusal', 'ended', ['submitting', 'rejected'], {
    asks: '[[submit:400]]',
    ends: 'provider_rejected',
    before: { ends: 'completed', waits: 'lost' },
  }),
  ...commit('submit, later please', { to: 'throttled' }, ['submitting', 'planned'], {
    asks: '[[submit:throttled]]',
    before: { waits: 'lost' },
  }),
  ...commit('submit, an answer that is lost', { to: 'submit_unknown' }, ['submitting', 'submit_unknown'], {
    asks: '[[submit:drop_after]]',
  }),
  ...call('look-up, the list', 'list', 'submit_unknown'),
  ...commit('look-up, its reference', { to: 'running' }, ['submit_unknown', 'running'], { asks: '[[submit:drop_after]]' }),
  ...commit('look-up, absent', { to: 'absent' }, ['submit_unknown', 'planned'], { asks: '[[submit:drop_before]]', waits: 'slow' }),
  ...call('poll, the status', 'retrieve', 'running'),
  ...commit('poll, not yet', 'looked', ['running', 'running'], { asks: '[[slow:1]]' }),
  ...commit('poll, the result is there', { to: 'fetching' }, ['running', 'fetching']),
  ...commit('poll, it failed', 'ended', ['running', 'failed'], { asks: '[[fail]]', ends: 'provider_failed' }),
  ...call('fetch, the clip', 'content', 'fetching'),
  ...commit('fetch, the bytes are here', { to: 'checking' }, ['fetching', 'checking']),
  {
    name: 'fetch, while the clip is checked',
    asks: '',
    at: { commit: { to: 'checking' }, when: 'past' },
    found: 'checking',
    ends: 'completed',
  },
  ...commit('finish, the capture', 'ended', ['checking', 'done']),
  ...commit('finish, not what was ordered', 'ended', ['checking', 'failed'], { asks: '[[not_a_video]]', ends: 'output_invalid' }),
  { name: 'finish, the webhook: it came', asks: '', at: { webhook: 'came' }, found: 'done', ends: 'completed' },
  ...commit('finish, the webhook was answered', 'told', ['done', 'done']),
]

/** The video of the order with this prompt, if a statement makes it; see `insertVideos`. */
function orderOf({ name, values }: Spoken[number], prompt: string): string | null {
  if (name !== 'videos.insert') return null
  const of = (column: number) => values[column]?.slice(1, -1).split(',') ?? []
  const place = of(PROMPT_COLUMN).indexOf(JSON.stringify(prompt))
  return place < 0 ? null : (of(ID_COLUMN)[place] ?? null)
}
const [ID_COLUMN, PROMPT_COLUMN] = [0, 7]

/**
 * Recognises one commit of the order with this prompt: learns its video from the transaction that makes it. @param is_told whether its webhook
 * has come
 */
export function isMove(move: Move, prompt: string, is_told: (video: string) => boolean): (spoken: Spoken) => boolean {
  let video: string | null = null
  let runs = false
  return (spoken) => {
    const ordered = spoken.map((one) => orderOf(one, prompt)).find((found) => found !== null)
    video ??= ordered ?? null
    if (move === 'ordered') return ordered !== undefined
    if (video === null) return false
    const mine = video
    if (move === 'told') return is_told(mine) && spoken.some(({ name }) => name.includes('insert into webhooks.tries'))
    const said = (wanted: string) => spoken.find(({ name, values }) => name === wanted && values.some((value) => value?.includes(mine)))
    if (move === 'ended') return said('videos.end') !== undefined
    const to = said('videos.lock_for_step') && spoken.find(({ name }) => name === 'videos.move_attempt')?.values[1]
    if (move !== 'looked') return to === move.to
    if (to === 'running') runs = true
    // A look that decided nothing is written down with others'.
    return runs && to === undefined && (said('videos.set_chain') ?? said('videos.hand_over_many')) !== undefined
  }
}
