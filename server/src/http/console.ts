import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

/** Nothing but our own files; pictures and clips also from memory. Inline script and style do not run. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Filmgate</title>
<h1>The console is not built</h1><p>The API works. <code>npm start</code> builds the console.</p></html>`

/**
 * Serves the built console at `/`. Its hashed files may be kept for ever, the page itself is asked for anew each time.
 * Pages of the console have addresses of their own (`/videos/…`): a browser that asks for one gets the page.
 * @param folder false: there are no pages here; null: they were not built
 * @returns whether a GET of this path, by this Accept header, is answered by the page.
 */
export async function serveConsole(
  app: FastifyInstance,
  folder: string | null | false,
): Promise<(path: string, accept: string) => boolean> {
  if (folder === false) return () => false
  if (folder === null || !existsSync(join(folder, 'index.html'))) {
    app.get('/', (_request, reply) =>
      reply.header('content-security-policy', POLICY).header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(NOT_BUILT),
    )
    return () => false
  }
  await app.register(fastifyStatic, {
    root: folder,
    index: 'index.html',
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders(reply, path) {
      reply.header('content-security-policy', POLICY)
      const hashed = path.startsWith(join(folder, 'assets'))
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  return (path, accept) => accept.includes('text/html') && !/^\/(v1|openai)(\/|$)/.test(path) && !/\.[a-z0-9]+$/i.test(path)
}
