import { adviceText } from '../advice-text.ts'
import { defineCommand } from '../command.ts'
import { EXIT, usage } from '../exits.ts'

const CLIPS_MAX = 1_000_000

export const command = defineCommand({
  words: {},
  flags: {
    clips: { short: 'n', takes: 'N', whole: [0, CLIPS_MAX], says: 'Clips a month' },
    seconds: { short: 's', takes: 'N', whole: [0, 999_999], says: 'Length of each' },
    size: { takes: 'SIZE', says: 'Their size, like 1280x720, or a class like 720p' },
    model: { short: 'm', takes: 'MODEL', says: 'Their model; sora-2 unless given' },
    quality: { takes: 'QUALITY', choices: ['standard', 'pro'], says: 'In place of a model' },
    longest: { takes: 'SECONDS', whole: [0, 999_999], says: 'Clips of this length must be sold too' },
    kind: { takes: 'CLIPSxSECONDS[@SIZE[:MODEL]]', many: true, says: 'A further kind of clip, like 200x8@1280x720:sora-2-pro; up to five' },
    'no-watermark': { says: 'Without a watermark' },
    api: { says: 'Programs must be able to order' },
    'pay-as-you-go': { says: 'Nothing that is paid every month' },
    relaxed: { says: 'Slow clips do, where a plan makes them for free' },
    plan: { takes: 'ID', many: true, says: 'Only this plan' },
    pack: { takes: 'ID', many: true, says: 'Only this pack' },
    'rate-card': { takes: 'ID', many: true, says: 'Only this price list in dollars' },
    'credits-card': { takes: 'ID', says: 'The price list that says how many credits a clip takes' },
  },
  about: [
    'The cheapest mix of plans, packs and price lists for a month of clips, with its arithmetic, where the next answer becomes cheaper, and what the rule of thumb says. Ends with 5 when nothing does what is needed, and says what to give up.',
  ],
  examples: [
    'filmgate advise --clips 300 --seconds 8 --size 720p --no-watermark',
    'filmgate advise --kind 200x4@480p --kind 20x12@1792x1024:sora-2-pro --api',
  ],
  async run({ flags }, { out, world, gateway }) {
    const clips = [...(flags.clips === undefined ? [] : [ofFlags(flags)]), ...flags.kind.map(kindOf)]
    if (clips.length === 0) throw usage('Say how many clips: --clips N --seconds N, or --kind.')
    const { plan, pack, 'rate-card': rate_cards, 'credits-card': credits_card } = flags
    const filmgate = await gateway()
    const advice = await filmgate.post('/v1/plans/advise', {
      body: {
        clips,
        needs: { no_watermark: flags['no-watermark'], api: flags.api, pay_as_you_go: flags['pay-as-you-go'], relaxed: flags.relaxed },
        ...(plan.length > 0 && { plans: [...plan] }),
        ...(pack.length > 0 && { packs: [...pack] }),
        ...(rate_cards.length > 0 && { rate_cards: [...rate_cards] }),
        ...(credits_card !== undefined && { credits_card }),
      },
      signal: world.interrupted,
    })
    out.document(advice, adviceText)
    return advice.feasible ? EXIT.ok : EXIT.invalid
  },
})

interface OneKind {
  readonly clips: number | undefined
  readonly seconds: number | undefined
  readonly size: string | undefined
  readonly model: string | undefined
  readonly quality: 'standard' | 'pro' | undefined
  readonly longest: number | undefined
}

function ofFlags({ clips = 0, seconds, size, model, quality, longest }: OneKind) {
  if (seconds === undefined) throw usage('Say how long they are: --seconds N.')
  return {
    clips_per_month: clips,
    seconds: String(seconds),
    ...(size !== undefined && { size }),
    ...(model !== undefined && { model }),
    ...(quality !== undefined && { quality }),
    ...(longest !== undefined && { longest_seconds: String(longest) }),
  }
}

function kindOf(text: string) {
  const [, clips, seconds, size, model] = /^(\d{1,7})x(\d{1,6})(?:@([^:]+)(?::(.+))?)?$/.exec(text) ?? []
  if (clips === undefined || seconds === undefined || Number(clips) > CLIPS_MAX) {
    throw usage(`--kind is ${JSON.stringify(text)}; write it as CLIPSxSECONDS[@SIZE[:MODEL]], like 200x8@1280x720.`)
  }
  return { clips_per_month: Number(clips), seconds, ...(size !== undefined && { size }), ...(model !== undefined && { model }) }
}
