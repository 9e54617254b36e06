import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { call } from './call.ts'
import { openPage, SHOTS, shoot, violations } from './page.ts'
import { type Server, startServer } from './server.ts'

const WIDTHS = [390, 820, 1440]
/** States of a page are looked at where it is narrowest, and at every width for people. */
const STATES_AT = SHOTS ? WIDTHS : [390]

let server: Server
let browser: Browser
/** Of three clips, not started. */
let ready_batch: string
beforeAll(async () => {
  server = await startServer({ env: { FILMGATE_SENTINELS: '1' } })
  browser = await openBrowser()
  const items = ['harbour', 'lake', 'hill'].map((custom_id) => ({ custom_id, body: { prompt: `A ${custom_id}`, seconds: '4' } }))
  const made = await call(server.address, 'POST', '/v1/batches', {
    key: server.demo_key,
    body: { items, start: false, name: 'Three places' },
  })
  ready_batch = made.json.id
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})

const link = (path: string) => `${server.address}${path}#key=${server.demo_key}`

/** At every width: nothing for axe to say, nothing that sticks out, and a picture for people. */
async function look(page: Page, name: string, scheme: string, widths = WIDTHS) {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 1000 })
    expect.soft(await violations(page), `${name} at ${width}`).toEqual([])
    expect.soft(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), `${name} at ${width}`).toBeLessThanOrEqual(0)
    await shoot(page, `${name}-${width}-${scheme}`)
  }
}

const csv = (text: string) => ({ name: 'campaign.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
const choose = (page: Page, text: string) => page.locator('input[type=file]').setInputFiles(csv(text))

const ONE_WRONG = 'custom_id,prompt,seconds\r\nharbour,"A harbour, at dawn",4\r\nlake,A lake,7\r\nhill,A hill,8\r\n'

describe.each(['light', 'dark'] as const)('the planner’s pages, %s', (scheme) => {
  test('breach no rule of WCAG 2.2 A and AA at three widths, and nothing sticks out', async () => {
    const { page, wrong } = await openPage(browser, server, scheme, 1440)
    await page.goto(link('/advise?clips=300&needs=relaxed'))
    await page.getByRole('img', { name: /the cheapest is Aggregator, per call at \$36\.00/ }).waitFor()
    await look(page, 'advise', scheme)
    await page.goto(link('/advise?seconds=90&needs=no_watermark'))
    await page.getByText('Nothing here does all of that.').first().waitFor()
    await look(page, 'advise-nothing', scheme, STATES_AT)
    await page.goto(
      link(
        '/estimate?name=Hero&seconds=5&size=1024p&model=sora-2-pro&drafts=8&draft_size=720p&draft_model=sora-2&price=20&volume=10&overhead=50',
      ),
    )
    await page.getByRole('region', { name: 'What it earns' }).waitFor()
    await look(page, 'estimate', scheme)
    await page.goto(link('/batches'))
    await page.getByRole('link', { name: 'Three places' }).first().waitFor()
    await look(page, 'batches', scheme)
    await page.goto(link(`/batches/${ready_batch}`))
    await page.getByRole('button', { name: /Start 3 clips · 120.cr/ }).waitFor()
    await look(page, 'batch', scheme)
    expect(wrong).toEqual([])
    await page.goto(link('/batches'))
    await choose(page, ONE_WRONG)
    await page.getByLabel('seconds').waitFor()
    await look(page, 'batches-wrong', scheme, STATES_AT)
    await page.getByLabel('seconds').fill('8')
    await page.getByRole('button', { name: 'Check again' }).click()
    await page.getByRole('button', { name: /Start 3 clips · 200.cr/ }).waitFor()
    await look(page, 'batches-priced', scheme, STATES_AT)
    await page.context().close()
  })
})

test('the advice follows the volume, and its address repeats it', async () => {
  const { page, wrong } = await openPage(browser, server, 'light', 1440)
  await page.goto(link('/advise'))
  const answer = page.getByRole('region', { name: 'Answer', exact: true })
  await answer.getByText('Cheapest for 100 clips a month').waitFor()
  expect(await answer.textContent()).toMatch(/\$12\.00.*Aggregator, per call.*100 clips × \$0\.12/)
  await page.getByLabel('Slow free clips are fine').check()
  await page.getByLabel('Clips a month', { exact: true }).fill('2000')
  await answer.getByText('Cheapest for 2,000 clips a month').waitFor()
  expect(await answer.textContent()).toMatch(/\$200\.00/)
  expect(await page.getByRole('region', { name: 'Where the cheapest changes' }).textContent()).toContain('from 1,667')
  await expect.poll(() => new URL(page.url()).search).toBe('?clips=2000&needs=relaxed')
  const again = await page.context().newPage()
  await again.goto(`${page.url()}#key=${server.demo_key}`)
  await again.getByText('Cheapest for 2,000 clips a month').waitFor()
  // From the keyboard: the slider is a tenth of a decade by four steps.
  await again.getByLabel('Clips a month, coarse').press('Home')
  await again.getByText('Cheapest for 1 clip a month').waitFor()
  expect(wrong).toEqual([])
  await page.context().close()
})

test('the hero clip is estimated: lengths that are not sold are flagged, and a click takes one that is', async () => {
  const { page, wrong } = await openPage(browser, server, 'dark', 1440)
  await page.goto(link('/estimate'))
  await page.getByRole('button', { name: 'One hero clip' }).click()
  const total = page.getByRole('region', { name: 'Estimate' })
  // By the second it would be the articles' 6.50; nobody sells 5 seconds.
  await total.getByText(/would come to \$6\.50/).waitFor()
  expect(await total.textContent()).toMatch(/\$5\.20.*At worst.*\$10\.40/)
  await page.getByRole('button', { name: 'Make it 8 seconds' }).click()
  await total.getByText('$10.40').first().waitFor()
  await expect.poll(() => new URL(page.url()).searchParams.get('seconds')).toBe('8')
  await page.getByRole('button', { name: 'Duplicate shot 1' }).click()
  await total.getByText('$20.80').first().waitFor()
  await page.getByRole('button', { name: 'Remove shot 1' }).click()
  await page.getByRole('button', { name: '1,000 clips a day' }).click()
  const earning = page.getByRole('region', { name: 'What it earns' })
  await earning
    .getByText(/a loss of/)
    .first()
    .waitFor()
  await page.getByLabel('Your price, $').fill('half')
  await page.getByText('Dollars such as 0.50, or nothing.').waitFor()
  expect(wrong).toEqual([])
  await page.context().close()
})

test('a batch from a table: a bad row mended, priced, started, paused, resumed, stopped, its results kept', async () => {
  const { page } = await openPage(browser, server, 'light', 1440)
  await page.goto(link('/batches'))
  await choose(page, `custom_id,promt\na,b\n`)
  await page.getByRole('alert').getByText('There is no column promt. Is it prompt? Nothing was sent.').waitFor()
  await choose(page, `custom_id,prompt,seconds\nshort,A lake,4\nbad,A hill [[hang]],5\n${'x,A hill [[hang]],4\n'.repeat(2)}`)
  await page.getByText('The custom_id “x” is that of line 4 too; give each row one of its own.').waitFor()
  await page.getByLabel('custom_id').fill('y')
  await page.getByRole('button', { name: 'Check again' }).click()
  const line = page.getByRole('row', { name: /sora-2 is sold as 4, 8, 12, 16 or 20 seconds; 5 is not/ })
  expect(await line.textContent()).toMatch(/^3/)
  await page.getByLabel('seconds').fill('4')
  await page.getByRole('button', { name: 'Check again' }).click()
  await page.getByRole('button', { name: /Start 4 clips · 160.cr/ }).waitFor()
  await page.getByLabel('Stop after, credits').fill('130')
  await page.getByText('Enough for about 3 clips; then it pauses.').waitFor()
  await page.getByLabel('Side by side').fill('2')
  await page.getByRole('button', { name: /Start 4 clips · 130.cr/ }).click()
  await page.waitForURL(/\/batches\/batch_/)
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByText('Paused. Clips in work are finished; nothing more is begun until you resume.').waitFor()
  await page.getByRole('button', { name: /^Resume/ }).click()
  await page.getByRole('button', { name: 'Pause' }).waitFor()
  await page.getByRole('button', { name: /^Completed.*1$/ }).waitFor()
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await page.getByText(/has not begun|have not begun/).waitFor()
  await page.getByRole('button', { name: 'Stop the batch' }).click()
  await page
    .getByRole('status')
    .getByText(/Stopping|Stopped/)
    .first()
    .waitFor()
  await page.getByRole('status').getByText('Stopped').first().waitFor()
  expect(await page.getByRole('region', { name: 'What it takes' }).textContent()).toMatch(/Charged40.cr/)
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Results as CSV' }).click()])
  const rows = (await readFile(await download.path(), 'utf8')).trim().split(/\r?\n/)
  expect([download.suggestedFilename(), rows.length]).toEqual(['campaign.csv', 5])
  expect(rows[0]).toMatch(/^custom_id,state,video,/)
  expect(rows[1]).toMatch(/^short,completed,video_/)
  await page.context().close()
})

test('says what is wrong: with a field, with a batch that is not there, with a gateway that does not answer', async () => {
  const { page } = await openPage(browser, server, 'dark', 390)
  await page.goto(link('/advise?clips=-3'))
  await page.getByText('A whole number, 0 to 1,000,000.').waitFor()
  await page.getByText('Say how many clips a month').waitFor()
  await page.goto(link('/advise?model=nobody'))
  await page
    .getByRole('alert')
    .getByText(/Nobody here sells nobody\./)
    .waitFor()
  await page.goto(link('/estimate?seconds=4&2.seconds=8&2.size=1080p'))
  const second = page.getByRole('region', { name: 'Shot 2' })
  await second.getByText('sora-2 is sold at 1280x720 or 720x1280; 1080p is not.').waitFor()
  await page.goto(link('/batches/batch_none'))
  await page
    .getByRole('alert')
    .getByText(/There is no batch/)
    .waitFor()
  await page.route('**/v1/projects/estimate', (route) => route.abort())
  await page.goto(link('/estimate'))
  await page.getByRole('alert').getByText('The gateway does not answer.').waitFor()
  await page.unroute('**/v1/projects/estimate')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('region', { name: 'Estimate' }).getByText('$0.80').first().waitFor()
  await page.context().close()
})
