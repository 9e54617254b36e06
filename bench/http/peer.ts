// A child of the bench: what we are compared with. `/empty` answers at once; any other path runs one named SELECT by primary key and answers
// what it found as JSON: no authentication, no checks, no headers of its own. As little as a handler with a database can do.
import { createServer } from 'node:http'
import pg from 'pg'

/** What the bench sends first. */
export interface PeerOptions {
  readonly database: pg.PoolConfig
}

process.once('message', ({ database }: PeerOptions) => {
  const pool = new pg.Pool(database)
  const server = createServer((request, response) => {
    request.resume()
    if (request.url === '/empty') {
      response.end('{}')
      return
    }
    pool
      .query({
        name: 'peer',
        text: `select id, model, state, progress, created_ms, ended_ms, prompt, seconds, width, height, metadata, error_code, error_message,
                      quote->'credits' as credits, quote->'eta' as eta, quote->'route' as route, quote->'provider' as provider,
                      asset_key, asset_bytes, op_id, job
                 from videos.videos where id = $1`,
        values: [request.url?.split('/').at(-1)],
      })
      .then(({ rows }) => {
        response.setHeader('content-type', 'application/json; charset=utf-8')
        response.end(JSON.stringify(rows[0]))
      })
      .catch((error: unknown) => {
        response.statusCode = 500
        response.end(String(error))
      })
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') process.send?.(address.port)
  })
})
process.once('disconnect', () => process.exit(0))
