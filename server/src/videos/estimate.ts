import type { Owner } from '../access/owner.ts'
import { estimateProject, type ProjectEstimate, type ShotAsked } from '../domain/estimate.ts'
import type { EconomicsAsked } from '../domain/estimate-economics.ts'
import type { NotSold } from '../domain/price.ts'
import { type Problem, problem } from '../domain/problems.ts'
import type { RateCard } from '../domain/rate-card.ts'
import { isShownTo } from '../domain/rate-cards/shipped.ts'
import { knows } from '../domain/sold.ts'
import { TOTAL_SECONDS_MAX } from '../domain/source.ts'
import type { Parts } from './parts.ts'
import { cardOf } from './quote.ts'

type Wanted = Pick<Parts, 'pool' | 'world'>

export interface Project {
  readonly shots: readonly ShotAsked[]
  readonly economics: EconomicsAsked | null
  /** Null: the customer's own; for an operator who acts for nobody the default one. */
  readonly rate_card: string | null
}

/**
 * What a project would cost this customer. Reads only, promises nothing.
 * @param sees_all an operator: may name every configured price list
 * @throws Problem for a card, a model or a size that nobody has
 */
export async function estimate(
  parts: Wanted,
  owner: Owner | null,
  project: Project,
  sees_all: boolean,
): Promise<{ readonly card: RateCard; readonly estimate: ProjectEstimate }> {
  const { world } = parts
  const own = owner === null ? world.customer_card : await cardOf(parts, owner)
  const card = project.rate_card === null ? own : namedCard(parts, own, project.rate_card, sees_all)
  const priced = estimateProject(project.shots, project.economics, {
    cardOf: (model) => (project.rate_card === null ? houseCard(parts, own, model) : card),
    credit_usd: world.credit_usd,
  })
  switch (priced.outcome) {
    case 'estimated':
      return { card, estimate: priced.estimate }
    case 'refused':
      throw notSold(priced.reason, `shots[${priced.shot}].${priced.param}`)
    case 'too_long':
      throw problem(
        'unsupported_duration',
        `With its extensions the shot would last ${priced.seconds} seconds; ${TOTAL_SECONDS_MAX} is the most.`,
        {
          param: `shots[${priced.shot}].extensions`,
        },
      )
    case 'too_expensive':
      throw problem('invalid_value', 'This project comes to more credits than can be counted exactly. Estimate it in parts.', {
        param: 'shots',
      })
  }
}

/** What the house makes itself has its price on every customer's card, as an order has it: the animatic is free. */
function houseCard({ world }: Wanted, own: RateCard, model: string): RateCard {
  if (knows(own, model)) return own
  return world.routes.find((route) => route.model === model && route.house_card !== null)?.house_card ?? own
}

function namedCard({ world }: Wanted, own: RateCard, id: string, sees_all: boolean): RateCard {
  const shown = [...world.cards.values()].filter((one) => sees_all || isShownTo(one, own))
  const found = shown.find((card) => card.id === id)
  if (found === undefined) {
    const known = shown.flatMap((card) => (card.kind === 'rates' ? [card.id] : [])).join(', ')
    throw problem('invalid_value', `There is no rate card '${id}'. These exist: ${known}.`, { param: 'rate_card' })
  }
  if (found.kind === 'plans') {
    throw problem('invalid_value', `${id} lists subscriptions; it has no price for one video.`, { param: 'rate_card' })
  }
  return found
}

function notSold({ reason, message, allowed }: NotSold, param: string): Problem {
  return problem(reason === 'no_price' ? 'invalid_value' : reason, message, { param, extra: { ...allowed } })
}
