/**
 * The life of a video: every move that exists, who may make it, and what it does to money.
 * The engine's SQL guards take their `from` states from here; docs/reference/life-of-a-video.md prints from here.
 */

/** What the outside sees (the wire format's words). */
export type VideoState = 'queued' | 'in_progress' | 'completed' | 'failed'

/** One try at a video on one route. */
export type AttemptState =
  | 'parked'
  | 'planned'
  | 'submitting'
  | 'submit_unknown'
  | 'running'
  | 'fetching'
  | 'checking'
  | 'done'
  | 'rejected'
  | 'throttled'
  | 'absent'
  | 'unsent'
  | 'failed'
  | 'cancelled'
  | 'expired'

export type Actor =
  | 'wake step'
  | 'submit step'
  | 'poll step'
  | 'fetch step'
  | 'sending worker'
  | 'sweep'
  | 'customer'
  | 'operator'
  | 'deadline'
export type Money = 'nothing' | 'hold' | 'capture' | 'release'

export interface Transition {
  readonly from: AttemptState | 'ordered'
  readonly to: AttemptState
  readonly by: readonly Actor[]
  readonly video: VideoState
  readonly money: Money
  readonly when: string
}

export const TRANSITIONS: readonly Transition[] = [
  {
    from: 'ordered',
    to: 'planned',
    by: ['customer'],
    video: 'queued',
    money: 'hold',
    when: 'the order was priced and the credits were there: video, attempt, hold and job in one transaction',
  },
  {
    from: 'ordered',
    to: 'parked',
    by: ['customer'],
    video: 'queued',
    money: 'nothing',
    when: 'the credits were not there, and the customer would wait for them (`on_insufficient: park`): video, attempt and job without a hold',
  },
  {
    from: 'parked',
    to: 'planned',
    by: ['wake step'],
    video: 'queued',
    money: 'hold',
    when: 'the credits are there: it was priced again, within max_credits, the oldest of its customer first',
  },
  {
    from: 'parked',
    to: 'planned',
    by: ['customer', 'deadline'],
    video: 'queued',
    money: 'hold',
    when: 'it ends without ever having had credits: a hold of none, which is released with its end in the next moment',
  },
  {
    from: 'planned',
    to: 'submitting',
    by: ['submit step'],
    video: 'queued',
    money: 'nothing',
    when: 'a slot at the provider was free; key and send_before are committed before a byte leaves',
  },
  {
    from: 'planned',
    to: 'unsent',
    by: ['submit step'],
    video: 'queued',
    money: 'nothing',
    when: 'its route takes nothing now and another one does: a new attempt goes there',
  },
  {
    from: 'planned',
    to: 'cancelled',
    by: ['customer', 'submit step'],
    video: 'failed',
    money: 'release',
    when: 'the customer cancelled before anything was sent',
  },
  {
    from: 'planned',
    to: 'rejected',
    by: ['submit step'],
    video: 'failed',
    money: 'release',
    when: 'the provider does not take a character that it names',
  },
  {
    from: 'planned',
    to: 'expired',
    by: ['deadline'],
    video: 'failed',
    money: 'release',
    when: 'the final deadline passed while it waited',
  },
  {
    from: 'submitting',
    to: 'running',
    by: ['sending worker'],
    video: 'in_progress',
    money: 'nothing',
    when: 'the provider gave a reference',
  },
  {
    from: 'submitting',
    to: 'rejected',
    by: ['sending worker'],
    video: 'failed',
    money: 'release',
    when: 'the provider said a definite no',
  },
  {
    from: 'submitting',
    to: 'rejected',
    by: ['sending worker'],
    video: 'queued',
    money: 'nothing',
    when: 'it said no only because it has forgotten what it had for this order: a new attempt brings it along, once',
  },
  {
    from: 'submitting',
    to: 'rejected',
    by: ['sending worker'],
    video: 'queued',
    money: 'nothing',
    when: 'it said no for what is not the order (our key, our balance, a model that is gone): a new attempt goes to the next route',
  },
  {
    from: 'submitting',
    to: 'throttled',
    by: ['sending worker'],
    video: 'queued',
    money: 'nothing',
    when: 'the provider did not take it for load: a new attempt goes later, or to the next route where that would be too late',
  },
  {
    from: 'submitting',
    to: 'unsent',
    by: ['sending worker'],
    video: 'queued',
    money: 'nothing',
    when: 'the sending worker itself saw for a second time that no byte was written: a new attempt goes to the next route',
  },
  {
    from: 'submitting',
    to: 'planned',
    by: ['sending worker'],
    video: 'queued',
    money: 'nothing',
    when: 'the sending worker itself saw that no byte was written',
  },
  {
    from: 'submitting',
    to: 'submit_unknown',
    by: ['sending worker', 'submit step', 'sweep'],
    video: 'queued',
    money: 'nothing',
    when: 'no answer that decides, or anybody but the sender found it here',
  },
  {
    from: 'submit_unknown',
    to: 'running',
    by: ['poll step', 'sending worker', 'operator'],
    video: 'in_progress',
    money: 'nothing',
    when: 'find saw it, the late answer came, or the operator named its reference (adopt)',
  },
  {
    from: 'submit_unknown',
    to: 'planned',
    by: ['sending worker'],
    video: 'queued',
    money: 'nothing',
    when: 'the sender woke up and knows that it wrote no byte',
  },
  {
    from: 'submit_unknown',
    to: 'rejected',
    by: ['sending worker'],
    video: 'failed',
    money: 'release',
    when: 'the late answer was a definite no',
  },
  {
    from: 'submit_unknown',
    to: 'rejected',
    by: ['sending worker'],
    video: 'queued',
    money: 'nothing',
    when: 'it said no only because it has forgotten what it had for this order: a new attempt brings it along, once',
  },
  {
    from: 'submit_unknown',
    to: 'rejected',
    by: ['sending worker'],
    video: 'queued',
    money: 'nothing',
    when: 'the late answer said no for what is not the order: a new attempt goes to the next route',
  },
  {
    from: 'submit_unknown',
    to: 'throttled',
    by: ['sending worker'],
    video: 'queued',
    money: 'nothing',
    when: 'the late answer was: not taken',
  },
  {
    from: 'submit_unknown',
    to: 'absent',
    by: ['poll step', 'operator'],
    video: 'queued',
    money: 'nothing',
    when: 'find or the operator says it is not there, after send_before + the time for its answer + 60 s: a new attempt goes, to the next route if there is one',
  },
  {
    from: 'submit_unknown',
    to: 'failed',
    by: ['operator'],
    video: 'failed',
    money: 'release',
    when: 'the operator gave it up, after send_before + the time for its answer + 60 s',
  },
  {
    from: 'submit_unknown',
    to: 'expired',
    by: ['deadline'],
    video: 'failed',
    money: 'release',
    when: 'the final deadline passed without a verdict; what comes later is our loss',
  },
  {
    from: 'running',
    to: 'submit_unknown',
    by: ['sending worker'],
    video: 'queued',
    money: 'nothing',
    when: "the job that find saw is another attempt's: that one's sender had it in its own answer; it is looked up again",
  },
  { from: 'running', to: 'fetching', by: ['poll step'], video: 'in_progress', money: 'nothing', when: 'the provider says it succeeded' },
  { from: 'running', to: 'failed', by: ['poll step'], video: 'failed', money: 'release', when: 'the provider says it failed' },
  {
    from: 'running',
    to: 'failed',
    by: ['poll step'],
    video: 'queued',
    money: 'nothing',
    when: 'the provider says it failed, for no fault of the prompt, and bills nothing: a new attempt goes to the next route',
  },
  {
    from: 'running',
    to: 'cancelled',
    by: ['poll step'],
    video: 'failed',
    money: 'release',
    when: 'the customer cancelled and the provider stopped',
  },
  {
    from: 'running',
    to: 'expired',
    by: ['deadline'],
    video: 'failed',
    money: 'release',
    when: 'the final deadline passed without a verdict; what comes later is our loss',
  },
  { from: 'fetching', to: 'checking', by: ['fetch step'], video: 'in_progress', money: 'nothing', when: 'the bytes are in our store' },
  {
    from: 'fetching',
    to: 'expired',
    by: ['deadline'],
    video: 'failed',
    money: 'release',
    when: 'the final deadline passed and the bytes could not be had',
  },
  { from: 'checking', to: 'done', by: ['fetch step'], video: 'completed', money: 'capture', when: 'it plays and is what was ordered' },
  {
    from: 'checking',
    to: 'failed',
    by: ['fetch step'],
    video: 'failed',
    money: 'release',
    when: 'it is shorter, of another size, or does not play (output_invalid)',
  },
  {
    from: 'checking',
    to: 'expired',
    by: ['deadline'],
    video: 'failed',
    money: 'release',
    when: 'the final deadline passed before the check ended',
  },
]

/** The states from which `to` may be reached: what a statement's guard must require. */
export function mayBecome(to: AttemptState): AttemptState[] {
  return TRANSITIONS.flatMap((t) => (t.to === to && t.from !== 'ordered' ? [t.from] : []))
}

/** What the outside calls a video whose newest attempt stands here and which has not ended. */
export function openState(attempt: AttemptState): VideoState {
  return attempt === 'running' || attempt === 'fetching' || attempt === 'checking' ? 'in_progress' : 'queued'
}

export type Stage =
  | 'waiting_to_start'
  | 'submitting'
  | 'submit_unknown'
  | 'rendering'
  | 'fetching'
  | 'checking'
  | 'waiting_for_provider'
  | 'cancelling'
  | 'parked'
  | 'done'

/** Where a video really is, as told to its owner. A route's deadline changes only this word. */
export function stageOf(video: {
  readonly state: VideoState
  readonly attempt: AttemptState
  readonly cancel_requested: boolean
  readonly past_route_deadline: boolean
}): Stage {
  if (video.state === 'completed' || video.state === 'failed') return 'done'
  if (video.cancel_requested) return 'cancelling'
  switch (video.attempt) {
    case 'parked':
      return 'parked'
    case 'submitting':
      return 'submitting'
    case 'submit_unknown':
      return 'submit_unknown'
    case 'running':
      return video.past_route_deadline ? 'waiting_for_provider' : 'rendering'
    case 'fetching':
      return 'fetching'
    case 'checking':
      return 'checking'
    default:
      return 'waiting_to_start'
  }
}

/** The table as Markdown, for docs/reference/life-of-a-video.md. */
export function transitionsAsMarkdown(): string {
  const rows = TRANSITIONS.map((t) => `| \`${t.from}\` | \`${t.to}\` | ${t.by.join(', ')} | \`${t.video}\` | ${t.money} | ${t.when} |`)
  return ['| from | to | by | video becomes | money | when |', '|---|---|---|---|---|---|', ...rows, ''].join('\n')
}
