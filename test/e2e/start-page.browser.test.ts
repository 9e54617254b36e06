import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { eventually } from './eventually.ts'
import { openPage as openIn, type Scheme, shoot, violations } from './page.ts'
import { type Server, startServer } from './server.ts'

let server: Server
let browser: Browser
beforeAll(async () => {
  server = await startServer({ env: { FILMGATE_SENTINELS: '1' } })
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})

const openPage = (scheme: Scheme, width: number) => openIn(browser, server, scheme, width)
const link = () => `${server.address}/#key=${server.demo_key}`

describe.each(['light', 'dark'] as const)('the start page, %s', (scheme) => {
  test.each([390, 820, 1440])('leads from the printed link to the finished clip at %i pixels', async (width) => {
    const { page, wrong } = await openPage(scheme, width)
    const shot = (name: string) => shoot(page, `${name}-${width}-${scheme}`)
    await page.goto(link())
    const before = await availableCredits(page)
    expect(page.url()).not.toContain('fg_live_')
    await page.getByLabel('Prompt').fill('A boat on a calm lake at sunrise, slow push-in')
    await page.getByRole('radio', { name: '4 seconds' }).check({ force: true })
    const make = page.getByRole('button', { name: /Make clip · 40.cr/ })
    await make.waitFor()
    await expectEnabled(make)
    expect(await violations(page)).toEqual([])
    await shot('order')
    await make.click()
    await page.getByRole('list', { name: 'Stages' }).waitFor()
    await shot('running')
    await page.locator('video').waitFor()
    const receipt = page.getByRole('region', { name: 'Receipt' })
    await receipt.getByText('Charged').waitFor()
    expect(await receipt.textContent()).toMatch(/40.cr/)
    // Not `waitForFunction`: from its second look on that is a string the page itself evaluates, which its content security policy refuses.
    await eventually(() =>
      page.evaluate(`(() => {
        const video = document.querySelector('video')
        return video !== null && video.readyState >= 2 && Math.abs(video.duration - 4) < 0.1
      })()`),
    )
    await expectBalance(page, before - 40)
    expect(await violations(page)).toEqual([])
    await shot('finished')
    expect(wrong).toEqual([])
    await page.context().close()
  })
})

test('a failed clip says first that nothing was charged, and the balance is what it was', async () => {
  const { page } = await openPage('light', 1440)
  await page.goto(link())
  const before = await availableCredits(page)
  await page.getByLabel('Prompt').fill('A boat [[moderated]]')
  await page.getByRole('button', { name: /Make clip/ }).click()
  const alert = page.getByRole('alert').first()
  await alert.waitFor()
  expect((await alert.textContent())?.trim()).toMatch(/^You weren’t charged\./)
  await expectBalance(page, before)
  await page.context().close()
})

test('a running clip is cancelled, and a reload in between goes on watching it', async () => {
  const { page } = await openPage('dark', 820)
  await page.goto(link())
  await page.getByLabel('Prompt').fill('A boat [[hang]]')
  await page.getByRole('button', { name: /Make clip/ }).click()
  await page.getByRole('list', { name: 'Stages' }).waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByText('You weren’t charged').first().waitFor()
  await page.context().close()
})

test('without a key, or with a wrong one, the page asks for one', async () => {
  const { page } = await openPage('light', 390)
  await page.goto(`${server.address}/`)
  await page.getByLabel('Customer key').fill('fg_live_wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').first().waitFor()
  expect(await violations(page)).toEqual([])
  await page.context().close()
})

/** The gate bar's own words: `960 cr available, 40 cr held`. */
async function availableCredits(page: Page): Promise<number> {
  const bar = page.getByRole('img', { name: /cr available/ }).first()
  await bar.waitFor()
  const name = (await bar.getAttribute('aria-label')) ?? ''
  return Number(/([\d,.]+).cr available/.exec(name)?.[1]?.replace(/\D/g, ''))
}

async function expectBalance(page: Page, credits: number): Promise<void> {
  const text = credits.toLocaleString('en')
  await page
    .getByRole('img', { name: new RegExp(`${text}.cr available, 0.cr held`) })
    .first()
    .waitFor()
}

async function expectEnabled(button: ReturnType<Page['getByRole']>): Promise<void> {
  await expect.poll(() => button.getAttribute('aria-disabled')).not.toBe('true')
}
