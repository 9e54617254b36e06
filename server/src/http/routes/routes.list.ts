import { accountsOf } from '../../domain/accounts.ts'
import { type Breaker, breakerState } from '../../domain/breaker.ts'
import type { Route } from '../../domain/catalogue.ts'
import type { ExpectedRoute } from '../../domain/expected.ts'
import { routeView } from '../../domain/listing.ts'
import { unixSeconds } from '../../domain/time.ts'
import { remaining } from '../../domain/waiting.ts'
import { selectBreakers } from '../../videos/breaker-queries.ts'
import { shownCard } from '../card.ts'
import { list, listOf } from '../page.ts'
import { route } from '../route.ts'
import { route_object } from './model.ts'

/** Of it alone, or of one of its accounts: an open one first. */
function breakerOf(route: Route, breakers: readonly Breaker[]): Breaker | null {
  const own = breakers.filter(({ name }) => name === route.name || accountsOf(route).includes(name))
  return own.find(({ open }) => open !== null) ?? own[0] ?? null
}

function breakerView(breaker: Breaker | null, now: number) {
  if (breaker === null) return null
  const { name, cause, failures, open } = breaker
  const times = { since: open === null ? null : unixSeconds(open.since), retry_at: open === null ? null : unixSeconds(open.retry_at) }
  return { state: breakerState(breaker, now), of: name, cause, failures, ...times }
}

/** What was seen of it: how long it took, and how often it delivered. */
function seen(route: ExpectedRoute | undefined) {
  const latency = (route?.kinds ?? []).map(({ course, ...kind }) => ({ ...kind, ...remaining(course, 0) }))
  const ppm = route?.success_ppm ?? null
  return { latency, success_percent: ppm === null ? null : ppm / 10_000 }
}

export const routesList = route({
  method: 'GET',
  path: '/v1/routes',
  operation_id: 'listRoutes',
  summary: 'What serves each model, at which price, since when and from which source.',
  tag: 'Catalogue',
  caller: 'any',
  response: listOf(route_object),
  async handler({ services, caller }) {
    const { routes, credit_usd } = services.world
    const card = await shownCard(services, caller.owner)
    const expected = services.videos.expectations.current()
    const breakers = caller.kind !== 'operator' ? null : await selectBreakers(services.pool)
    const now = services.clock()
    return list(
      routes.map((one) => ({
        id: one.name,
        ...routeView(one, card, credit_usd),
        ...seen(expected.get(one.name)),
        ...(breakers === null ? {} : { breaker: breakerView(breakerOf(one, breakers), now) }),
      })),
      false,
    )
  },
})
