import type { ExpectedRoute } from '../../domain/expected.ts'
import { routeView } from '../../domain/listing.ts'
import { remaining } from '../../domain/waiting.ts'
import { shownCard } from '../card.ts'
import { list, listOf } from '../page.ts'
import { route } from '../route.ts'
import { route_object } from './model.ts'

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
    return list(
      routes.map((one) => ({ id: one.name, ...routeView(one, card, credit_usd), ...seen(expected.get(one.name)) })),
      false,
    )
  },
})
