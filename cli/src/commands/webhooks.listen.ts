import type { WebhookEvent } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { usage } from '../exits.ts'
import { timeText } from '../text/amounts.ts'
import { plain } from '../text/width.ts'
import { listen } from '../webhook-listener.ts'

const EVENTS = [
  'video.completed',
  'video.failed',
  'video.progress',
  'credits.low',
  'grant.expiring',
] as const satisfies readonly WebhookEvent['type'][]
const PORT = 8_788

export const command = defineCommand({
  words: {},
  flags: {
    event: { takes: 'TYPE', many: true, choices: EVENTS, says: 'Only of this type; all unless given' },
    'forward-to': { takes: 'URL', says: 'Send each event on to this address, signed as it came' },
    port: { takes: 'PORT', whole: [1, 65_535], says: `Port on 127.0.0.1; ${PORT} unless given` },
    'public-url': { takes: 'URL', says: 'Address by which the gateway reaches this port, through a tunnel' },
    count: { takes: 'N', whole: [1, 1_000_000], says: 'End after so many events' },
  },
  about: [
    'Registers an endpoint for as long as it runs, and removes it at the end (Ctrl-C).',
    `A gateway sends to private addresses only where it may: start it with FILMGATE_TRUSTED_HOSTS=127.0.0.1:${PORT}.`,
    'What --forward-to answers is what the gateway hears: an error is tried again.',
  ],
  examples: ['filmgate webhooks listen', 'filmgate webhooks listen --event video.completed --forward-to http://127.0.0.1:3000/hooks'],
  async run({ flags }, context) {
    const { out, world } = context
    const event_types = EVENTS.filter((type) => flags.event.length === 0 || flags.event.includes(type))
    const port = flags.port ?? PORT
    const forward_to = addressOf(flags['forward-to'], '--forward-to')
    const url = addressOf(flags['public-url'], '--public-url') ?? `http://127.0.0.1:${port}/`
    const heard: WebhookEvent[] = []
    const filmgate = await context.gateway()
    await listen(
      { filmgate, fetch: world.fetch, interrupted: world.interrupted, note: (text) => out.note(text) },
      { port, url, event_types, forward_to, count: flags.count },
      (event, forwarded) => {
        if (out.format === 'jsonl') out.item(event)
        else if (out.format === 'json') heard.push(event)
        else
          out.lines([
            plain([timeText(event.created_at), event.type, event.data.id, ...(forwarded === null ? [] : [`-> ${forwarded}`])].join('  ')),
          ])
      },
    )
    if (out.format === 'json') out.document({ object: 'list', data: heard }, () => [])
  },
})

function addressOf(text: string | undefined, flag: string): string | undefined {
  if (text === undefined || /^https?:\/\/\S+$/.test(text)) return text
  throw usage(`${flag} ${JSON.stringify(text)}: write an address as http://127.0.0.1:3000/hooks.`)
}
