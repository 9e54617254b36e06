import { defineCommand } from '../command.ts'
import { usage } from '../exits.ts'

export const command = defineCommand({
  words: {
    id: { says: 'Id of the attempt' },
    verdict: { choices: ['not_delivered', 'failed', 'adopt'], says: 'not_delivered, failed, or adopt: it is this one at the provider' },
  },
  flags: {
    reason: { takes: 'TEXT', says: 'How you know; kept with your key' },
    'provider-ref': { takes: 'REF', says: "With adopt: the provider's id of it" },
  },
  about: ["The operator's: ends what no provider will answer for. Refused while the order could still be on its way."],
  examples: [
    'filmgate attempts resolve 01a2 not_delivered --reason "not in their list, asked support"',
    'filmgate attempts resolve 01a2 adopt --provider-ref task_9 --reason "found in their console"',
  ],
  async run({ words, flags }, { out, world, gateway }) {
    const verdict = (['not_delivered', 'failed', 'adopt'] as const).find((one) => one === words.verdict)
    if (verdict === undefined) throw usage(`VERDICT is not_delivered, failed or adopt, not ${JSON.stringify(words.verdict)}.`)
    if (flags.reason === undefined) throw usage('--reason is missing: say how you know; it is kept.')
    const provider_ref = flags['provider-ref']
    if ((verdict === 'adopt') !== (provider_ref !== undefined)) throw usage('--provider-ref goes with adopt, and adopt needs it.')
    const filmgate = await gateway()
    const body = { verdict, reason: flags.reason, provider_ref }
    const attempt = await filmgate.post('/v1/attempts/{id}/resolve', { path: { id: words.id }, body, signal: world.interrupted })
    out.document(attempt, ({ id, state, video }) =>
      out.fields([
        ['attempt', id],
        ['video', video],
        ['state', state],
      ]),
    )
  },
})
