// Three workers and an api on one PostgreSQL; one worker is killed and one restarted while orders are sent, looked at and fetched.
import { type ChildProcess, spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { drawnClip } from '../../test/e2e/clip.ts'
import { eventually } from '../../test/e2e/eventually.ts'
import { NODE, ROOT } from '../../test/e2e/program.ts'
import { newFolder } from '../../test/e2e/server.ts'
import type { Ratio } from '../run.ts'
import { type Amounts, greatest } from './amounts.ts'
import { openHouse } from './house.ts'

const ORDERS_MAX = 300
const POLL_S = 2
const RENDER_MS = 4_000
/** What may be on its way when its sender is killed is believed lost only after this, and then sent once more. */
const UNKNOWN_MS_MAX = 300_000

export async function measureProcesses(amounts: Amounts): Promise<readonly Ratio[]> {
  const count = Math.min(ORDERS_MAX, greatest(amounts))
  const folder = await newFolder()
  await writeFile(join(folder, '1280x720-4s.mp4'), await drawnClip({ width: 1280, height: 720, seconds: 4 }))
  const studio = await startStudio(folder)
  const house = await openHouse(POLL_S, studio.base_url)
  try {
    const [killed, restarted, third] = await Promise.all([house.worker(), house.worker(), house.worker()])
    const began = performance.now()
    await house.order('c', count)
    const standing = async () => {
      const { rows } = await house.pool.query<{ state: string; count: bigint }>(`select state, count(*) from videos.videos group by state`)
      return new Map(rows.map((row) => [row.state, Number(row.count)]))
    }
    // In the middle of all of it: some wait to be sent, some are with the provider.
    await eventually(async () => ((await standing()).get('queued') ?? 0) < count / 2, 60_000)
    await killed.program.end('SIGKILL')
    console.log(`one of three was killed: ${shown(await standing())}`)
    await restarted.stop()
    const again = await house.worker()
    console.log(`another was restarted: ${shown(await standing())}`)
    await eventually(
      async () => {
        const now = await standing()
        return (now.get('completed') ?? 0) + (now.get('failed') ?? 0) === count
      },
      UNKNOWN_MS_MAX,
      () => 'not all of them ended',
    )
    const took_s = (performance.now() - began) / 1000
    await Promise.all([third.stop(), again.stop()])
    const bill = await studio.bill()
    const operator_key = house.gateway.set_up.operator_key ?? ''
    const audit = await house.gateway.app.inject({
      method: 'GET',
      url: '/v1/ledger/audit?full=true',
      headers: { authorization: `Bearer ${operator_key}` },
    })
    const { rows } = await house.pool.query<{ finishes: bigint }>(`select count(*) as finishes from ledger.journal where seq = 1`)
    const ended = await standing()
    const is_whole = ended.get('completed') === count && bill === count && audit.json().ok && Number(rows[0]?.finishes) === count
    console.log(
      `${count} orders in ${took_s.toFixed(0)} s: ${shown(ended)}; the provider made ${bill}; ${rows[0]?.finishes} finishes; audit ${audit.json().ok ? 'clean' : audit.body}`,
    )
    const failed = await house.pool.query<{ error: string }>(
      `select error_code || ': ' || error_message as error from videos.videos where state = 'failed'`,
    )
    for (const { error } of failed.rows) console.log(`  one failed: ${error}`)
    return [{ claim: 'open_nothing_lost_nothing_twice', value: is_whole ? 1 : 0, goal: 1 }]
  } finally {
    await house.end()
    studio.process.kill('SIGKILL')
    await rm(folder, { recursive: true })
  }
}

function shown(standing: ReadonlyMap<string, number>): string {
  return [...standing].map(([state, count]) => `${count} ${state}`).join(', ')
}

/** The emulator of the tests: it knows what it was ordered, and shows a list. */
async function startStudio(clips: string): Promise<{ readonly base_url: string; readonly process: ChildProcess; bill(): Promise<number> }> {
  const args = ['emulators/src/serve.ts', '--render-ms', String(RENDER_MS), '--clips', join(clips, '{size}-{seconds}s.mp4')]
  const studio = spawn(NODE, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: studio.stdout })[Symbol.asyncIterator]()
  const said = async () => JSON.parse((await lines.next()).value ?? '{}')
  const { base_url } = await said()
  return {
    base_url,
    process: studio,
    async bill() {
      studio.stdin.write('{"report":true}\n')
      return (await said()).bill.length
    },
  }
}
