import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from './call.ts'
import { newPerson, type Person } from './cli.ts'
import { type Customer, listAll, newCustomer } from './customer.ts'
import { finishAll, type Studio, startStudio } from './studio.ts'
import { openTerminal, type Terminal } from './tmux.ts'

let studio: Studio
beforeAll(async () => {
  studio = await startStudio({ finishes: true })
})
afterAll(() => studio?.remove())

/** Somebody before a terminal with 1,000 credits. */
async function sit(columns: number, journey: (terminal: Terminal, person: Person, customer: Customer) => Promise<void>): Promise<void> {
  const customer = await newCustomer(studio.server, 1_000)
  const person = await newPerson(studio.server.address, customer.key)
  const terminal = openTerminal(person.home, columns, 30, person.env)
  try {
    await journey(terminal, person, customer)
  } finally {
    terminal.close()
    await person.remove()
  }
}
const videosOf = (customer: Customer) => listAll(studio.server, customer.key, '/v1/videos')

test('on a terminal generate asks with the price on the question, draws its stages, and saves the clip', async () => {
  await sit(110, async (terminal, person, customer) => {
    terminal.type('f generate "A lighthouse [[slow:3600]]" --seconds 4 --size 1280x720 --out clip.mp4; echo "ended $?"')
    await terminal.shows('40 credits ($0.40), after this: 960 left. Order it?')
    expect(await videosOf(customer)).toEqual([])
    terminal.press('y')
    const drawn = await terminal.shows('RENDERING')
    expect(drawn.filter((line) => line.includes('%'))).toHaveLength(1)
    finishAll(studio)
    const done = await terminal.shows('ended 0')
    expect(done.join('\n')).toMatch(/is finished: 4 s, .*40 credits charged/)
    // The line that was drawn is gone.
    expect(done.some((line) => line.includes('%'))).toBe(false)
    expect(statSync(join(person.home, 'clip.mp4')).size).toBeGreaterThan(1_000)
  })
})

test('no, and Ctrl-C at the question, order nothing', async () => {
  await sit(80, async (terminal, person, customer) => {
    terminal.type('f generate "A boat" --seconds 4 --size 1280x720; echo "ended $?"')
    await terminal.shows('Order it?')
    terminal.press('n')
    await terminal.shows('ended 6')
    terminal.type('clear; f generate "A boat" --seconds 4 --size 1280x720; echo "ended again $?"')
    await terminal.shows('Order it?')
    terminal.press('C-c')
    await terminal.shows('ended again 130')
    expect([await videosOf(customer), person.runs()]).toEqual([[], []])
  })
})

test('Ctrl-C while waiting leaves the video going and says how to go on; the same command goes on with it', async () => {
  await sit(80, async (terminal, person, customer) => {
    terminal.type('f generate "A kite [[slow:3600]]" --seconds 4 --size 1280x720 --yes --out clip.mp4; echo "ended $?"')
    await terminal.shows('%')
    terminal.press('C-c')
    await terminal.shows('ended 130')
    await terminal.shows('it goes on, and nothing is lost')
    const [video]: Json[] = await videosOf(customer)
    expect(['queued', 'in_progress']).toContain(video.status)
    terminal.type('clear; f generate "A kite [[slow:3600]]" --seconds 4 --size 1280x720 --yes --out clip.mp4; echo "ended again $?"')
    await terminal.shows('%')
    finishAll(studio)
    await terminal.shows('ended again 0')
    expect((await videosOf(customer)).map(({ id }: Json) => id)).toEqual([video.id])
    expect(existsSync(join(person.home, 'clip.mp4'))).toBe(true)
  })
})

test('on 40 columns the line that is drawn never grows into a second one', async () => {
  await sit(40, async (terminal) => {
    terminal.type('clear; f generate "A cat [[slow:3600]]" --seconds 4 --size 1280x720 --yes; echo "ended $?"')
    const is_one = (seen: readonly string[]) => expect(seen.filter((line) => line.includes('%')).length).toBeLessThanOrEqual(1)
    is_one(await terminal.shows('rendering'))
    finishAll(studio)
    is_one(await terminal.shows('ended 0'))
  })
})

test('a reader that has seen enough ends the program quietly', async () => {
  await sit(80, async (terminal) => {
    terminal.type('f help | head -n 1; f completion bash | head -n 1; echo ended')
    const seen = await terminal.shows(/^ended$/m)
    expect(seen.join('\n')).not.toMatch(/EPIPE|Error|mistake/)
  })
})
