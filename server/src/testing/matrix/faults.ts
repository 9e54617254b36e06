import type { LossKind } from '../../domain/provider-cost.ts'
import type { AttemptState, Stage } from '../../domain/transitions.ts'
import type { VideoError } from '../../videos/finish.ts'

/** One way in which a provider goes wrong, and what must become of every order that meets it. The rules behind are contract.md's and design.md's, section 4. */
export interface FaultRow {
  readonly fault: string
  /** What the prompt asks of the emulator. */
  readonly sentinels: string
  /** How the order ends: completed and charged as quoted, or failed with this code and not charged at all. */
  readonly ends: 'completed' | VideoError
  /** How its attempts end, one after the other. Each was sent once, so there are as many creates upstream. */
  readonly attempts: readonly AttemptState[]
  /** Whether the provider bills it: once, whatever happened on the way. */
  readonly billed: boolean
  /** Why what is billed and not charged, or may have been, is our loss; null: no loss. */
  readonly loss: LossKind | null
  /** Stages that its owner must have been able to see. */
  readonly shows?: readonly Stage[]
  /** Its requests have to end by their time limit, so that limit is short. */
  readonly hangs?: true
  /** The connection ends while the order is under way: no prompt can ask for it. */
  readonly is_cut?: true
  /** The first connection is refused: surely nothing was sent. */
  readonly is_refused?: true
  /** At the provider that charges for failures, as its operator has configured. */
  readonly at_biller?: true
  /** Another provider takes it as well: its order names no route. (A remix is for whoever made its clip, and goes nowhere else.) */
  readonly has_standby?: true
  /** The answer to the order gives no word: whether it was taken all the same. */
  readonly lost?: 'taken' | 'not taken'
  /** Its customer cancels it: before it is sent, or once that was done. */
  readonly cancels?: 'planned' | 'sent'
  /** Every adapter meets it in every run of the tests. */
  readonly everywhere?: true
  /** Met in every way to be called back, too. */
  readonly with_calls?: true
  /** Edits and extensions of uploaded clips meet it too. */
  readonly with_uploads?: true
}

const GOOD = { ends: 'completed', attempts: ['done'], billed: true, loss: null } as const
/** Taken, and nobody knew: found by time and content, never sent again. */
const FOUND = { ...GOOD, shows: ['submit_unknown'], lost: 'taken' } as const
/** Not taken, and nobody knew: sent anew once it can not arrive any more. */
const ABSENT = { ...GOOD, attempts: ['absent', 'done'], shows: ['submit_unknown'], lost: 'not taken' } as const
/** Refused for load: not taken, and sent again after a while. */
const THROTTLED = { ...GOOD, attempts: ['throttled', 'done'] } as const
const REFUSED = { ends: 'provider_rejected', attempts: ['rejected'], billed: false, loss: null } as const
/** No verdict by the final deadline: the customer has the credits back, what is billed is ours to bear. */
const EXPIRED = { ends: 'expired', attempts: ['expired'], billed: true, shows: ['waiting_for_provider'] } as const
const INVALID = { ends: 'output_invalid', attempts: ['failed'], billed: true, loss: 'output_invalid' } as const
const ELSEWHERE = { ...GOOD, has_standby: true } as const
const FAILED = { ends: 'provider_failed', attempts: ['failed'], billed: false, loss: null } as const

/** From acceptance to the final deadline, in this matrix. */
export const FINAL_DEADLINE_S = 2 * 3_600
/** From then on a running video's stage is `waiting_for_provider`. */
export const ROUTE_DEADLINE_S = 900
const AFTER_ROUTE = `[[slow:${ROUTE_DEADLINE_S + 600}]]`
/** Later than the first look after the end, and earlier than the second. */
const AFTER_FINAL = `[[slow:${FINAL_DEADLINE_S + 7_200}]]`

export const FAULTS: readonly FaultRow[] = [
  { fault: 'none', sentinels: '', ...GOOD, with_uploads: true, with_calls: true, everywhere: true },

  { fault: 'connection refused', sentinels: '', ...GOOD, is_refused: true },
  { fault: 'reply lost before acceptance', sentinels: '[[submit:drop_before]]', ...ABSENT, with_uploads: true },
  { fault: 'the same, three times', sentinels: '[[submit:drop_beforex3]]', ...ABSENT, attempts: ['absent', 'absent', 'absent', 'done'] },
  { fault: 'connection cut while it is sent', sentinels: '', ...ABSENT, is_cut: true },
  { fault: 'reply lost after acceptance', sentinels: '[[submit:drop_after]]', ...FOUND, with_uploads: true, with_calls: true },
  { fault: 'hang before acceptance', sentinels: '[[submit:hang_before]]', ...ABSENT, hangs: true },
  { fault: 'hang after acceptance', sentinels: '[[submit:hang_after]]', ...FOUND, hangs: true },
  { fault: 'reply truncated', sentinels: '[[submit:truncated]]', ...FOUND },
  { fault: 'reply names no job', sentinels: '[[submit:empty]]', ...FOUND },
  { fault: 'HTML with 200', sentinels: '[[submit:html]]', ...ABSENT },
  { fault: 'HTML with 502', sentinels: '[[submit:html_502]]', ...ABSENT },
  { fault: 'HTML with 503', sentinels: '[[submit:html_503]]', ...ABSENT },

  { fault: '429 without Retry-After', sentinels: '[[submit:429]]', ...THROTTLED },
  { fault: '429 with Retry-After', sentinels: '[[submit:throttled]]', ...THROTTLED },
  {
    fault: '429 three times',
    sentinels: '[[submit:429x3]]',
    ...THROTTLED,
    attempts: ['throttled', 'throttled', 'throttled', 'done'],
  },
  { fault: '500, not taken', sentinels: '[[submit:500]]', ...ABSENT },
  { fault: '500, taken', sentinels: '[[submit:500_after]]', ...FOUND, with_calls: true },
  { fault: '502, not taken', sentinels: '[[submit:502]]', ...ABSENT },
  { fault: '502, taken', sentinels: '[[submit:502_after]]', ...FOUND },
  { fault: '503 in its own shape', sentinels: '[[submit:503]]', ...THROTTLED },
  { fault: '504, not taken', sentinels: '[[submit:504]]', ...ABSENT },
  { fault: '504, taken', sentinels: '[[submit:504_after]]', ...FOUND },

  { fault: 'refused with 400', sentinels: '[[submit:400]]', ...REFUSED },
  { fault: 'key revoked', sentinels: '[[submit:401]]', ...REFUSED },
  { fault: 'key revoked half-way, for good', sentinels: '[[revoked]]', ...EXPIRED, loss: 'expired' },
  { fault: 'key revoked half-way, and mended', sentinels: '[[retrieve:401x3]]', ...GOOD },
  { fault: 'model gone', sentinels: '[[gone]]', ...REFUSED },
  { fault: 'model gone half-way', sentinels: '[[gone_later]]', ...EXPIRED, loss: 'expired' },

  { fault: 'moderated', sentinels: '[[moderated]]', ...FAILED, ends: 'moderation_blocked', with_calls: true },
  {
    fault: 'moderated and billed',
    sentinels: '[[moderated]][[billed]]',
    ...FAILED,
    ends: 'moderation_blocked',
    billed: true,
    loss: 'failed_billed',
    at_biller: true,
  },
  { fault: 'failed', sentinels: '[[fail]]', ...FAILED, with_calls: true },
  { fault: 'failed and billed', sentinels: '[[fail]][[billed]]', ...FAILED, billed: true, loss: 'failed_billed', at_biller: true },

  { fault: 'key revoked, and another route', sentinels: '[[submit:401]]', ...ELSEWHERE, attempts: ['rejected', 'done'], everywhere: true },
  { fault: 'reply lost before acceptance, and another route', sentinels: '[[submit:drop_before]]', ...ELSEWHERE, ...ABSENT },
  {
    fault: '429 for too long, and another route',
    sentinels: '[[submit:429x6]]',
    ...ELSEWHERE,
    attempts: [...Array(6).fill('throttled'), 'done'],
  },
  { fault: 'reply lost after acceptance, and another route', sentinels: '[[submit:drop_after]]', ...ELSEWHERE, ...FOUND },
  { fault: 'moderated, and another route', sentinels: '[[moderated]]', ...ELSEWHERE, ...FAILED, ends: 'moderation_blocked' },

  {
    fault: 'cancelled before it is sent',
    sentinels: '',
    ends: 'cancelled',
    attempts: ['cancelled'],
    billed: false,
    loss: null,
    cancels: 'planned',
  },
  // It is made all the same where nothing stops it.
  { fault: 'cancelled while it is made', sentinels: '', ...GOOD, cancels: 'sent' },
  { fault: 'cancelled while its reply is lost, taken', sentinels: '[[submit:drop_after]]', ...GOOD, lost: 'taken', cancels: 'sent' },
  {
    fault: 'cancelled while its reply is lost, not taken',
    sentinels: '[[submit:drop_before]]',
    ends: 'cancelled',
    attempts: ['absent'],
    billed: false,
    loss: null,
    lost: 'not taken',
    cancels: 'sent',
  },

  { fault: 'status reads fail', sentinels: '[[flaky:4]]', ...GOOD },
  { fault: 'status read hangs', sentinels: '[[retrieve:hang_before]]', ...GOOD, hangs: true },
  { fault: 'status read truncated', sentinels: '[[retrieve:truncated]]', ...GOOD },
  { fault: 'status read is HTML', sentinels: '[[retrieve:html]]', ...GOOD },
  { fault: 'states flap', sentinels: '[[flapping]]', ...GOOD },
  { fault: 'progress falls', sentinels: '[[backwards]]', ...GOOD },
  { fault: 'hang for good', sentinels: '[[hang]]', ...EXPIRED, loss: 'expired' },
  { fault: 'success after the route deadline', sentinels: AFTER_ROUTE, ...GOOD, shows: ['waiting_for_provider'] },
  { fault: 'failure after the route deadline', sentinels: `${AFTER_ROUTE}[[fail]]`, ...FAILED, shows: ['waiting_for_provider'] },
  { fault: 'success after the final deadline', sentinels: AFTER_FINAL, ...EXPIRED, loss: 'late_success', with_calls: true },
  { fault: 'failure after the final deadline', sentinels: `${AFTER_FINAL}[[fail]]`, ...EXPIRED, billed: false, loss: 'late_failure' },

  { fault: 'success without a file', sentinels: '[[no_file]]', ...EXPIRED, loss: 'late_success', shows: ['fetching'] },
  { fault: 'file comes late', sentinels: '[[content:404x3]]', ...GOOD, shows: ['fetching'] },
  { fault: 'link expired for good', sentinels: '[[expired]]', ...EXPIRED, loss: 'late_success', shows: ['fetching'] },
  { fault: 'link expired once', sentinels: '[[content:403]]', ...GOOD, shows: ['fetching'] },
  { fault: 'clip lost on its way', sentinels: '[[content:drop_before]]', ...GOOD, shows: ['fetching'] },
  { fault: 'clip truncated on its way', sentinels: '[[content:truncated]]', ...GOOD, shows: ['fetching'] },
  { fault: 'HTML instead of a clip', sentinels: '[[content:html]]', ...GOOD, shows: ['fetching'] },
  { fault: 'not a video', sentinels: '[[not_a_video]]', ...INVALID },
  { fault: 'too short', sentinels: '[[short]]', ...INVALID },
  { fault: 'too long', sentinels: '[[long]]', ...GOOD },
  { fault: 'wrong size', sentinels: '[[wrong_size]]', ...INVALID },
]
