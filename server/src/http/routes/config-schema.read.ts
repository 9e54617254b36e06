import { z } from 'zod'
import { configurationSchema } from '../../domain/configuration.ts'
import { route } from '../route.ts'

/** What editors and other programs check a configuration file with. */
const TEXT = `${JSON.stringify(z.toJSONSchema(configurationSchema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`

export const configSchemaRead = route({
  method: 'GET',
  path: '/config.schema.json',
  operation_id: 'readConfigurationSchema',
  summary: 'The configuration file that FILMGATE_CONFIG names, as JSON Schema.',
  tag: 'Operation',
  caller: 'public',
  response: null,
  media: { 'application/schema+json': 'A JSON Schema, draft 2020-12.' },
  handler: ({ reply }) => reply.header('cache-control', 'no-cache').type('application/schema+json; charset=utf-8').send(TEXT),
})
