import type { Schema, Video } from '@filmgate/client'
import { tookText } from './receipt-text.ts'
import { creditsText, etaText } from './text/amounts.ts'

type Receipt = Schema<'Receipt'>

/** What a stage means to whoever waits. */
const STAGES: Readonly<Record<Video['filmgate']['stage'], string>> = {
  waiting_to_start: 'It waits for its turn.',
  submitting: 'It is being handed to the provider.',
  submit_unknown: 'Whether the provider took it is not known yet. That is looked up; it is not sent a second time.',
  rendering: 'The provider is making it.',
  fetching: 'It is made and being fetched.',
  checking: 'It is fetched and being checked against the order.',
  waiting_for_provider: 'The provider takes longer than it should and has not said how it ended.',
  cancelling: 'It is being cancelled; what the provider says decides.',
  parked: 'It waits for credits and goes on by itself when they come.',
  done: '',
}

/** Stages that are on their way; how long the others last is not known. */
const FORESEEN: readonly Video['filmgate']['stage'][] = ['waiting_to_start', 'submitting', 'rendering', 'fetching', 'checking']

/** Why a video stands where it stands, went where it went and cost what it cost: one sentence each. `video` is null where only the receipt is left. */
export function reasons(video: Video | null, receipt: Receipt): readonly string[] {
  return [standing(video, receipt), price(receipt), receipt.why, ...tries(receipt), ...money(receipt)].filter((sentence) => sentence !== '')
}

function standing(video: Video | null, { video: id, charged }: Receipt): string {
  if (video === null) return `${id} was deleted; its receipt stays.`
  const name = `${video.seconds} s of ${video.model} at ${video.size}`
  if (video.status === 'completed') return `${name}: completed.`
  if (video.status === 'failed') {
    const { code, message } = video.error ?? { code: 'unknown', message: 'No reason was given.' }
    return `${name}: failed (${code}). ${message}${charged === 0 && !/charged/i.test(message) ? ' Nothing was charged.' : ''}`
  }
  const { stage, eta } = video.filmgate
  const left = FORESEEN.includes(stage) && eta.high_s > 0 ? ` Expected in ${etaText(eta)}.` : ''
  return `${name}: ${video.status}, ${video.progress} %. ${STAGES[stage]}${left}`
}

function price({ quoted, rate_card, lines, lane }: Receipt): string {
  if (lane === 'relaxed') return 'The price is 0 credits: it is made in the relaxed lane, which the plan includes.'
  const sum = lines.map(({ label, quantity, unit, rate, credits }) =>
    label === 'rounding' ? `${credits} by rounding up` : `${quantity} ${unit}${quantity === '1' ? '' : 's'} at ${rate} (${label})`,
  )
  return `The price is ${creditsText(quoted)} by rate card ${rate_card.id}, version ${rate_card.version}: ${sum.join(', ')}.`
}

function tries({ attempts }: Receipt): readonly string[] {
  return attempts.map((one, index) => {
    const took = tookText(one)
    const why = one.error === undefined ? '' : `: ${one.error.message.replace(/\.$/, '')} (${one.error.code})`
    return `Attempt ${index + 1}, by ${one.route}: ${one.state}${took === '' ? '' : ` after ${took}`}${why}.`
  })
}

function money({ held, charged, released, grants, refunds }: Receipt): readonly string[] {
  const from = grants.map(({ kind, credits }) => `${credits} ${kind}`).join(', ')
  const sentences: string[] = []
  if (held > 0 && charged === 0 && released === 0) sentences.push(`${creditsText(held)} are held${from === '' ? '' : ` (${from})`}.`)
  if (charged > 0) sentences.push(`${creditsText(charged)} were charged${from === '' ? '' : ` (${from})`}.`)
  if (released > 0) sentences.push(`${creditsText(released)} were held and came back.`)
  for (const { credits, reason } of refunds) {
    sentences.push(`${creditsText(credits)} were refunded${reason === null ? '' : `: ${reason.replace(/\.$/, '')}`}.`)
  }
  return sentences
}
