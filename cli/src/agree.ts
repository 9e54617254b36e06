import type { Context } from './context.ts'
import { EXIT, Failure, usage } from './exits.ts'
import type { Filmgate } from './gateway.ts'
import { creditsText } from './text/amounts.ts'
import { plain } from './text/width.ts'

export interface Price {
  readonly what: string
  readonly credits: number
  /** Null where it is no price but a limit. */
  readonly usd: string | null
}

/** Somebody agrees to a price before it is spent: a limit, `--yes`, or a person on a terminal. @throws Failure: then nothing was ordered */
export async function agree(
  filmgate: Filmgate,
  { what, credits, usd }: Price,
  terms: { readonly yes: boolean; readonly 'max-credits': number | undefined },
  { world, out }: Context,
  limit_flag = '--max-credits',
): Promise<void> {
  const limit = terms['max-credits']
  if (limit !== undefined && credits > limit) {
    throw new Failure(EXIT.credits, {
      code: 'price_above_limit',
      message: `It costs ${creditsText(credits)}, above --max-credits ${limit}. Nothing was ordered.`,
      more: { needed: credits, limit },
    })
  }
  const price = `${what}: ${usd === null ? `at most ${creditsText(credits)}` : `${creditsText(credits)} ($${usd})`}`
  if (terms.yes || limit !== undefined) return out.note(price)
  if (!world.stdin.is_terminal || !world.stdout.is_terminal) {
    throw usage(
      `It costs ${creditsText(credits)} and nobody can be asked here: agree with --yes or ${limit_flag} ${credits}. Nothing was ordered.`,
    )
  }
  const { available } = await filmgate.get('/v1/balance', { signal: world.interrupted })
  const after =
    available >= credits
      ? `after this: ${(available - credits).toLocaleString('en-US')} left`
      : `you have ${available.toLocaleString('en-US')}`
  const answer = await world.ask(plain(`${price}, ${after}. Order it?`))
  if (answer === null) throw new Failure(EXIT.interrupted, { code: 'interrupted', message: 'Nothing was ordered.' })
  if (!answer) throw new Failure(EXIT.credits, { code: 'not_agreed', message: 'Nothing was ordered.' })
}
