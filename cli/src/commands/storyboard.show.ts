import { defineCommand } from '../command.ts'
import { storyboardText } from '../storyboard-text.ts'

export const command = defineCommand({
  words: { id: { says: 'Id of the storyboard' } },
  flags: {},
  about: ['Prices are those of this moment.'],
  examples: ['filmgate storyboard show sb_01'],
  async run({ words }, { out, world, gateway }) {
    const filmgate = await gateway()
    const path = { storyboard_id: words.id }
    out.document(await filmgate.get('/v1/storyboards/{storyboard_id}', { path, signal: world.interrupted }), storyboardText)
  },
})
