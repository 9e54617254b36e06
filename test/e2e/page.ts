import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { z } from 'zod'
import { GIVE_UP_MS } from './eventually.ts'
import type { Server } from './server.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** Where screenshots go, for people to look at; not compared. Unless told, none are taken. */
export const SHOTS = process.env.FILMGATE_SHOTS

/** Takes a picture of a whole page where people want to look at some. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
}

export type Scheme = 'light' | 'dark'

/** A page that notes what must not happen: an error in its log, a defect of the server, a question to anybody but our server. */
export async function openPage(browser: Browser, server: Server, scheme: Scheme, width: number): Promise<{ page: Page; wrong: string[] }> {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 1000 }, reducedMotion: 'reduce' })
  context.setDefaultTimeout(GIVE_UP_MS)
  const page = await context.newPage()
  const wrong: string[] = []
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (origin !== server.address && protocol !== 'blob:' && protocol !== 'data:') wrong.push(`asked ${request.url()}`)
  })
  page.on(
    'response',
    (response) => response.status() >= 500 && wrong.push(`${response.status()} ${response.url()}: ${server.program.stderr.slice(-2_000)}`),
  )
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()))
  page.on('pageerror', (error) => wrong.push(String(error)))
  return { page, wrong }
}

/** Breaches of WCAG 2.2 A and AA, as axe sees them. */
export async function violations(page: Page): Promise<string[]> {
  // Not a script tag: the page's own policy allows none. Once for a page: it is half a megabyte.
  if (!(await page.evaluate(`'axe' in globalThis`))) await page.evaluate(await readFile(AXE, 'utf8'))
  // What holds is not written out node by node: nobody reads it.
  const found: unknown = await page.evaluate(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] })`,
  )
  return axeResult.parse(found).violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)
}
const axeResult = z.object({ violations: z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) })) })
