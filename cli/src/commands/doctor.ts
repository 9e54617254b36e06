import { createFilmgate, FilmgateError } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { type Check, exitOf, findings, type Visit } from '../diagnosis.ts'
import { VERSION } from '../version.ts'

export const command = defineCommand({
  words: {},
  flags: {},
  about: ['Looks at the settings, the way to the gateway, its version, readiness and clock, the key and the routes. Changes nothing.'],
  examples: ['filmgate doctor', 'filmgate doctor --json'],
  async run(_given, { out, world, settings }) {
    const { url, key, customer } = settings
    const filmgate = createFilmgate({
      base_url: url.value,
      key: key.value ?? undefined,
      customer: customer.value ?? undefined,
      fetch: world.fetch,
      // What does not answer at once is what is looked for.
      retries: { most: 0 },
      timeout_s: 10,
    })
    const signal = world.interrupted
    const visit = async <T>(call: Promise<T>): Promise<Visit<T>> =>
      call.then(
        (answer) => ({ answer, error: null }),
        (error: unknown) => {
          if (!(error instanceof FilmgateError) || error.kind === 'aborted') throw error
          return { answer: null, error }
        },
      )
    const health = await visit(filmgate.raw('GET', '/healthz', { signal }))
    const is_there = health.error === null && (health.answer.headers.get('content-type') ?? '').includes('json')
    const skew_s = health.error === null ? skewOf(health.answer.headers.get('date'), world.now()) : null
    const checks: readonly Check[] = findings({
      version: VERSION,
      settings,
      health: { error: health.error, is_there, skew_s },
      ready: is_there ? await visit(filmgate.get('/readyz', { signal })) : null,
      contract: is_there ? await visit(filmgate.raw('GET', '/openapi.json', { signal }).then((answer) => answer.json())) : null,
      balance: is_there && key.value !== null ? await visit(filmgate.get('/v1/balance', { signal })) : null,
      routes: is_there && key.value !== null ? await visit(filmgate.get('/v1/routes', { signal })) : null,
    })
    out.document({ object: 'diagnosis', ok: checks.every(({ state }) => state !== 'wrong'), checks }, () =>
      out.fields(checks.map(({ name, state, message }) => [`${MARK[state]} ${name}`, message])),
    )
    return exitOf(checks)
  },
})

const MARK: Readonly<Record<Check['state'], string>> = { ok: 'ok   ', note: 'note ', wrong: 'WRONG' }

/** By how many seconds the other clock is ahead of ours; its header is cut to whole seconds. */
function skewOf(date: string | null, now_ms: number): number | null {
  const at_ms = Date.parse(date ?? '')
  return Number.isNaN(at_ms) ? null : Math.round((at_ms - now_ms) / 1_000)
}
