import { defineCommand } from '../command.ts'
import { customerOf } from '../for-whom.ts'

export const command = defineCommand({
  words: { key: { says: 'Id of the key: key_…' } },
  flags: {},
  about: ["The operator's. It stops working at once, for good; clips under way go on."],
  examples: ['filmgate keys revoke key_01 --customer cus_01'],
  async run({ words }, { out, world, settings, gateway }) {
    const path = { id: customerOf(settings, 'key'), key_id: words.key }
    const filmgate = await gateway()
    const gone = await filmgate.delete('/v1/customers/{id}/keys/{key_id}', { path, signal: world.interrupted })
    out.document(gone, ({ id }) => [`${id} is revoked.`])
  },
})
