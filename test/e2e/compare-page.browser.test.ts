import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { openPage, shoot, violations } from './page.ts'
import { type Server, startServer } from './server.ts'

let server: Server
let browser: Browser
beforeAll(async () => {
  server = await startServer()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})

const link = (search: string) => `${server.address}/compare${search}#key=${server.demo_key}`

describe.each(['light', 'dark'] as const)('the page that compares prices, %s', (scheme) => {
  test.each([390, 820, 1440])('shows everybody’s price of what its address asks, at %i pixels', async (width) => {
    const { page, wrong } = await openPage(browser, server, scheme, width)
    const shot = (name: string) => shoot(page, `${name}-${width}-${scheme}`)
    await page.goto(link('?model=sora-2&seconds=8&size=720p'))
    const cheapest = page.getByRole('row', { name: /Aggregator, per call/ })
    await cheapest.waitFor()
    expect(await cheapest.textContent()).toMatch(/cheapest.*\$0\.90\$0\.12$/)
    await page.getByRole('img', { name: /The cheapest is Aggregator, per call at \$0\.12/ }).waitFor()
    expect(await violations(page)).toEqual([])
    await shot('compare')
    await page.getByLabel('Clips a month').fill('50')
    await page.getByText('Price of 50 clips a month').waitFor()
    expect(await violations(page)).toEqual([])
    await shot('compare-month')
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    expect(wrong).toEqual([])
    await page.context().close()
  })
})

test('the address is what was chosen: opened again it asks the same', async () => {
  const { page, wrong } = await openPage(browser, server, 'light', 1440)
  await page.goto(link(''))
  await page.getByLabel('Model').selectOption('sora-2-pro')
  await page.getByLabel('Seconds').fill('10')
  await page.getByLabel('Size').selectOption('1024p')
  await page.getByText('sora-2-pro is sold as 4, 8 or 12 seconds; 10 is not.').first().waitFor()
  await expect.poll(() => new URL(page.url()).search).toBe('?model=sora-2-pro&seconds=10&size=1024p')
  const again = await page.context().newPage()
  await again.goto(`${page.url()}#key=${server.demo_key}`)
  await again.getByRole('row', { name: /with the durations of the articles/ }).waitFor()
  expect([await again.getByLabel('Model').inputValue(), await again.getByLabel('Seconds').inputValue()]).toEqual(['sora-2-pro', '10'])
  expect(await again.getByLabel('Size').inputValue()).toBe('1024p')
  expect(wrong).toEqual([])
  await page.context().close()
})

test('says what is wrong: with a field, with a model that nobody sells, with a gateway that does not answer', async () => {
  const { page } = await openPage(browser, server, 'dark', 390)
  await page.goto(link('?seconds=0'))
  await page.getByText('A whole number, 1 to 3,600.').waitFor()
  await page.goto(link('?model=nobody'))
  await page.getByRole('alert').getByText('Nobody here sells nobody.').waitFor()
  expect(await violations(page)).toEqual([])
  await shoot(page, 'compare-refused-390-dark')
  await page.route('**/v1/comparisons', (route) => route.abort())
  await page.goto(link('?seconds=12'))
  await page.getByRole('alert').getByText('The gateway does not answer.').waitFor()
  await page.unroute('**/v1/comparisons')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('row', { name: /Aggregator, per call/ }).waitFor()
  await page.context().close()
})
