import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** An address that stays while the server behind it is killed and started again. */
export interface Door {
  readonly address: string
  /** From now on what the server says is lost, and what it is told still arrives; until the server is killed, which ends these connections. */
  mute(): void
  close(): Promise<void>
}

const KNOCK_MS = 20

/**
 * What a balancer or a supervisor that keeps the socket does: connections that come while the server is away wait for it. Connections
 * that it had break as they would without a door.
 */
export async function openDoor(port: number): Promise<Door> {
  const open = new Set<Socket>()
  const answering = new Map<Socket, Socket>()
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket))
  }
  const server = createServer(async (visitor) => {
    keep(visitor)
    while (!visitor.destroyed) {
      const inside = await reach(port)
      if (inside === null) {
        await delay(KNOCK_MS)
        continue
      }
      keep(inside)
      inside.on('close', () => visitor.destroy())
      visitor.on('close', () => inside.destroy())
      visitor.pipe(inside).pipe(visitor)
      answering.set(inside, visitor)
      inside.on('close', () => answering.delete(inside))
      return
    }
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    address: `http://127.0.0.1:${address.port}`,
    mute() {
      for (const [inside, visitor] of answering) inside.unpipe(visitor).resume()
    },
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}

function reach(port: number): Promise<Socket | null> {
  return new Promise((reached) => {
    const socket = connect(port, '127.0.0.1', () => reached(socket))
    socket.once('error', () => reached(null))
  })
}
