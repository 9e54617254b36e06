import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../testing/app.ts'
import { contract, ROUTES } from './routes.ts'

let kit: TestApp
let console_folder: string
beforeAll(async () => {
  console_folder = await mkdtemp(join(tmpdir(), 'filmgate-console-'))
  await mkdir(join(console_folder, 'assets'))
  await writeFile(join(console_folder, 'index.html'), '<!doctype html><title>page</title>')
  await writeFile(join(console_folder, 'assets/main-1a2b.js'), 'export {}')
  await writeFile(join(console_folder, '.env'), 'SECRET=1')
  kit = await testApp([], console_folder)
})
afterAll(async () => {
  await kit.stop()
  await rm(console_folder, { recursive: true })
})

describe('the contract', () => {
  const document = JSON.parse(contract())

  test('names every route once, and everything it refers to exists', () => {
    const ids = ROUTES.map(({ operation_id }) => operation_id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { method, path } of ROUTES) expect(document.paths[path][method.toLowerCase()], path).toBeDefined()
    for (const [, name] of contract().matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      expect(document.components.schemas, name).toHaveProperty(name ?? '')
    expect(contract()).not.toContain('#/$defs/')
  })

  test('has no two routes that a request could mean both', () => {
    const shapes = ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`)
    expect(new Set(shapes).size).toBe(shapes.length)
  })

  test('is what the server serves', async () => {
    const { status, text } = await kit.ask('GET', '/openapi.json', { key: null })
    expect([status, text]).toEqual([200, contract()])
  })

  test('documents every header that a path parameter or body needs', () => {
    const create = document.paths['/v1/customers/{id}/grants'].post
    expect(create.parameters.map(({ name }: { name: string }) => name)).toEqual(['id', 'Idempotency-Key'])
    expect(create.requestBody.content['application/json'].schema.required).toEqual(['credits', 'kind'])
    expect(Object.keys(create.responses)).toEqual(['200', '400', '401', '403', '404', '409', '413', '415', '500', '503'])
  })
})

describe('beside the API', () => {
  test('metrics count requests by pattern, never by id or key', async () => {
    await kit.ask('GET', '/v1/customers/cus_counted')
    const { text, headers } = await kit.ask('GET', '/metrics', { key: null })
    expect(headers['content-type']).toContain('text/plain')
    expect(text).toContain('filmgate_http_requests_total{method="GET",route="/v1/customers/:id",status="404"} 1')
    expect(text).toContain('filmgate_test 1')
    expect(text).toMatch(/filmgate_http_requests_in_flight 1$/m)
    expect(text).not.toContain('cus_counted')
  })

  test('the console is served with a strict policy; hashed files are kept, the page is not', async () => {
    const page = await kit.ask('GET', '/', { key: null })
    expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-cache'])
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; /)
    const script = await kit.ask('GET', '/assets/main-1a2b.js', { key: null })
    expect(script.headers['cache-control']).toContain('immutable')
    const inner = await kit.ask('GET', '/videos/video_1', { key: null, headers: { accept: 'text/html' } })
    expect([inner.status, inner.text]).toEqual([200, page.text])
  })

  test('files beside or above the console stay hidden, and the API keeps its own 404', async () => {
    expect((await kit.ask('GET', '/%2e%2e/%2e%2e/%2e%2e/etc/passwd', { key: null })).status).toBe(404)
    for (const path of ['/.env', '/assets/../.env', '/assets/none.js', '/v1/none']) {
      const answer = await kit.ask('GET', path, { key: null, headers: { accept: 'text/html' } })
      expect(answer.text, path).not.toContain('SECRET')
      expect([400, 403, 404], path).toContain(answer.status)
      expect(answer.body?.error, path).toBeDefined()
    }
  })
})
