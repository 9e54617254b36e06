import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands on the road to a server on loopback, and can be shut: then nobody is let in, and whoever was is cut off. */
export interface Gate {
  readonly address: string
  shut(): Promise<void>
  open(): Promise<void>
  stop(): Promise<void>
}

/** A gate to where an address leads, at another port; the path stays. */
export async function gateTo(address: string): Promise<Gate> {
  const { hostname, port, pathname } = new URL(address)
  const sockets = new Set<Socket>()
  const server = createServer((from) => {
    const to = connect(Number(port), hostname)
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => sockets.delete(socket))
      socket.pipe(other)
    }
  })
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
    const bound = server.address()
    if (bound === null || typeof bound === 'string') throw new Error('no port')
    return bound.port
  }
  const shut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  const own_port = await listen(0)
  return {
    address: `http://127.0.0.1:${own_port}${pathname}`,
    shut,
    open: async () => void (await listen(own_port)),
    stop: shut,
  }
}
