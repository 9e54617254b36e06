import { routeView } from '../../domain/listing.ts'
import { shownCard } from '../card.ts'
import { list, listOf } from '../page.ts'
import { route } from '../route.ts'
import { route_object } from './model.ts'

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
    return list(
      routes.map((one) => ({ id: one.name, ...routeView(one, card, credit_usd) })),
      false,
    )
  },
})
