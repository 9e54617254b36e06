import { checkCharacters } from '../../videos/characters.ts'
import { IMAGE_BYTES } from '../body.ts'
import { spell } from '../issues.ts'
import { create_body, defaultsOf, orderOf } from '../order.ts'
import { bringReference } from '../reference.ts'
import { route } from '../route.ts'
import { order_problems, sayAgain, shortLink, takeOrder, terms } from '../take.ts'
import { video_object } from '../video.ts'

const body = create_body.extend(terms)

export const videosCreate = route({
  method: 'POST',
  path: '/v1/videos',
  operation_id: 'createVideo',
  summary: 'Order a video',
  description: 'Prices the order, holds the credits and starts it. Nothing is charged unless a clip that is what was ordered comes out.',
  tag: 'Videos',
  caller: 'customer',
  encodings: ['json', 'multipart'],
  files: { input_reference: IMAGE_BYTES },
  idempotent: true,
  makes_a_video: true,
  problems: [...order_problems, 'not_found'],
  body,
  response: video_object,
  handler(context) {
    const { services, owner, body, encoding } = context
    const usual = defaultsOf(services, owner)
    const { model = usual.model, size = usual.size } = body
    const { input_reference } = body
    const characters = (body.characters ?? []).map(({ id }) => id)
    const order = async () => {
      const spelt = (place: number) => spell(['characters', place, 'id'], encoding) ?? 'characters'
      await checkCharacters(services.videos, owner, characters, body.prompt, spelt)
      const has = { has_reference: input_reference !== undefined, has_characters: characters.length > 0 }
      return { order: orderOf({ ...body, model, size }, has), source: null, characters }
    }
    const reference = input_reference === undefined ? null : () => bringReference(services.guarded, input_reference, size, encoding)
    const named = characters.length > 0 ? body.characters : undefined
    return takeOrder(context, order, reference, sayAgain(body, { input_reference: shortLink(input_reference), characters: named }))
  },
})
