import { eventually } from '../eventually.ts'
import type { Server } from '../server.ts'

export interface Memory {
  readonly heap_mb: number
  readonly rss_mb: number
}

/** What Node's own debugging port tells about a server that was started with `--inspect`: memory after everything unused was collected. */
export async function memoryOf(server: Server): Promise<Memory> {
  const addresses = [...server.program.stderr.matchAll(/Debugger listening on (ws:\S+)/g)].flatMap(([, address]) => address ?? [])
  for (const address of addresses) {
    const memory = await ask(address, server.pid).catch(() => null)
    if (memory !== null) return memory
  }
  throw new Error(`no debugging port of process ${server.pid} among ${addresses.join(', ')}`)
}

async function ask(address: string, pid: number): Promise<Memory | null> {
  const socket = new WebSocket(address)
  const answers = new Map<number, { result?: { result?: { value?: string } } }>()
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data))
    answers.set(answer.id, answer)
  })
  await new Promise((opened, failed) => {
    socket.addEventListener('open', opened)
    socket.addEventListener('error', () => failed(new Error(`nobody at ${address}`)))
  })
  const call = async (id: number, method: string, params: object = {}) => {
    socket.send(JSON.stringify({ id, method, params }))
    return eventually(() => answers.get(id))
  }
  try {
    await call(1, 'HeapProfiler.collectGarbage')
    await call(2, 'HeapProfiler.collectGarbage')
    const { result } = await call(3, 'Runtime.evaluate', { expression: 'JSON.stringify({ pid: process.pid, ...process.memoryUsage() })' })
    const told = JSON.parse(result?.result?.value ?? '{}')
    return told.pid === pid ? { heap_mb: told.heapUsed / 2 ** 20, rss_mb: told.rss / 2 ** 20 } : null
  } finally {
    socket.close()
  }
}
