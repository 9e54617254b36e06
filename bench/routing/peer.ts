// A child of the bench: a bare Fastify that reads a JSON body and answers with as little as can be.
import fastify from 'fastify'

const app = fastify()
app.post('/v1/quotes', () => ({ ok: true }))
await app.listen({ port: 0, host: '127.0.0.1' })
const [address] = app.addresses()
if (typeof address === 'object') process.send?.(address.port)
process.once('disconnect', () => process.exit(0))
