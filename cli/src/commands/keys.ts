import { defineCommand } from '../command.ts'
import { customerOf } from '../for-whom.ts'
import { dayText } from '../instants.ts'
import { LIST_FLAGS, pageQuery, printList } from '../listing.ts'

export const command = defineCommand({
  words: {},
  flags: { ...LIST_FLAGS },
  about: ["The operator's: it takes an operator key and --customer. Keys themselves are shown once, when they are made."],
  examples: ['filmgate keys --customer cus_01'],
  async run({ flags }, { out, world, settings, gateway }) {
    const path = { id: customerOf(settings, 'keys') }
    const filmgate = await gateway()
    await printList(
      out,
      filmgate.each('/v1/customers/{id}/keys', { path, query: pageQuery(flags), signal: world.interrupted }),
      flags,
      [
        { title: 'key' },
        { title: 'name', least: 10 },
        { title: 'looks like' },
        { title: 'budget', least: 8 },
        { title: 'made' },
        { title: 'revoked' },
      ],
      ({ id, name, prefix, last_four, budget, created_at, revoked_at }) => [
        id,
        name,
        `${prefix}...${last_four}`,
        budgetText(budget),
        dayText(created_at),
        dayText(revoked_at),
      ],
      'This customer has no keys.',
    )
  },
})

function budgetText(budget: { readonly day: number | null; readonly month: number | null; readonly total: number | null } | null): string {
  return budget === null
    ? ''
    : Object.entries(budget)
        .flatMap(([per, credits]) => (credits === null ? [] : [per === 'total' ? `${credits} in all` : `${credits} a ${per}`]))
        .join(', ')
}
