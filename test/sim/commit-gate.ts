import { existsSync, readFileSync } from 'node:fs'
import { chmod, chown, rename, rm, stat } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'

/** A statement as the wire shows it. */
export interface Statement {
  /** Its whole text where it has no name. */
  readonly name: string
  readonly values: readonly (string | null)[]
}

/** What a transaction has said so far. */
export type Spoken = readonly Statement[]

/** Before a commit has reached the database; when it is done and the server does not know it yet; or `past` it: the server has just been told, and goes on. */
export type When = 'before' | 'after' | 'past'

interface Trap {
  readonly when: When
  readonly is: (spoken: Spoken) => boolean
  readonly sprung: () => void
  readonly missed: (error: Error) => void
}

/**
 * Stands between a server and its embedded PostgreSQL, on the database's own socket, and can hold one commit: neither of them knows that it
 * is there. Who is held is to be killed; nothing goes on by itself.
 */
export class CommitGate {
  /** Where the database itself is now: for whoever wants to look past the gate. */
  readonly folder: string
  readonly #door: string
  readonly #away: string
  readonly #listener: Server
  readonly #sockets = new Set<Socket>()
  readonly #traps = new Set<Trap>()

  constructor(folder: string, door: string, away: string) {
    this.folder = folder
    this.#door = door
    this.#away = away
    this.#listener = createServer((client) => this.#join(client))
  }

  /** Takes the place of a running PostgreSQL's socket: for connections from now on. @param cluster its folder */
  static async open(cluster: string): Promise<CommitGate> {
    const [, , , port = '', folder = ''] = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
    const door = join(folder, `.s.PGSQL.${port}`)
    // Another port's name, so that clients can be told of it.
    const away = join(folder, `.s.PGSQL.${PORT_BEHIND}`)
    const { uid, gid, mode } = await stat(door)
    await rename(door, away)
    const gate = new CommitGate(folder, door, away)
    await new Promise<void>((listening, failed) => gate.#listener.once('error', failed).listen(door, listening))
    await chown(door, uid, gid)
    await chmod(door, mode)
    return gate
  }

  /** Holds the next commit that is so, or only tells of it when it is past. `is` sees every commit until then. */
  at(when: When, is: (spoken: Spoken) => boolean): Promise<void> {
    return new Promise((sprung, missed) => this.#traps.add({ when, is, sprung, missed }))
  }

  /** Gives the socket back. */
  async close(): Promise<void> {
    const ended = !existsSync(this.#door) // a PostgreSQL that ends removes what has its socket's name
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((closed) => this.#listener.close(closed))
    if (ended) await rm(this.#away, { force: true })
    else await rename(this.#away, this.#door)
  }

  #join(client: Socket): void {
    const database = connect(this.#away)
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => one.destroy()).on('close', () => other.destroy() && this.#sockets.delete(one))
    }
    const said = messages(true)
    const answered = messages(false)
    let unnamed = ''
    let spoken: Statement[] | null = null
    let held: Trap | null = null
    client.on('data', (bytes: Buffer) => {
      for (const message of said(bytes)) {
        if (held !== null && held.when !== 'past') return
        const text = queryOf(message)
        unnamed = unnamedOf(message) ?? unnamed
        const statement = statementOf(message, unnamed)
        if (statement !== null) spoken?.push(statement)
        if (text !== null && /^begin\b/i.test(text)) spoken = []
        if (text === 'rollback') spoken = null
        if (text === 'commit' && spoken !== null) {
          held = this.#trapFor(spoken)
          spoken = null
          if (held?.when === 'before') return held.sprung()
        }
        database.write(message)
      }
    })
    database.on('data', (bytes: Buffer) => {
      if (held === null || held.when === 'past') client.write(bytes)
      for (const message of answered(bytes)) {
        if (held === null || held.when === 'before') continue
        const kind = String.fromCharCode(message[0] ?? 0)
        if (kind !== 'C' && kind !== 'E') continue
        // Statements that were sent together with their commit are answered before it.
        if (kind === 'C' && !['COMMIT', 'ROLLBACK'].includes(textFrom(message, 5))) continue
        if (kind === 'C' && textFrom(message, 5) === 'COMMIT') held.sprung()
        else held.missed(new Error(`a commit was answered with ${textFrom(message, 5)}`))
        if (held.when === 'past') held = null
      }
    })
  }

  #trapFor(spoken: Spoken): Trap | null {
    const trap = [...this.#traps].find(({ is }) => is(spoken)) ?? null
    if (trap !== null) this.#traps.delete(trap)
    return trap
  }
}

/** What clients who look past the gate give as the port. */
export const PORT_BEHIND = 1

/** Cuts a stream into messages of the protocol. A client's first one has no letter before its length. */
function messages(from_client: boolean): (bytes: Buffer) => Buffer[] {
  let rest = Buffer.alloc(0)
  let letter = from_client ? 0 : 1
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    const whole: Buffer[] = []
    while (rest.length >= letter + 4) {
      const length = letter + rest.readInt32BE(letter)
      if (rest.length < length) break
      whole.push(rest.subarray(0, length))
      rest = rest.subarray(length)
      letter = 1
    }
    return whole
  }
}

/** The text of a simple query. */
function queryOf(message: Buffer): string | null {
  return message[0] === letterOf('Q') ? textFrom(message, 5) : null
}

/** The text of a statement without a name. */
function unnamedOf(message: Buffer): string | null {
  return message[0] === letterOf('P') && message[5] === 0 ? textFrom(message, 6) : null
}

/** A statement that is bound to its values. */
function statementOf(message: Buffer, unnamed: string): Statement | null {
  if (message[0] !== letterOf('B')) return null
  const name_at = message.indexOf(0, 5) + 1
  const name = textFrom(message, name_at) || unnamed
  let at = message.indexOf(0, name_at) + 1
  at += 2 + 2 * message.readInt16BE(at) // formats: whatever matters here is text
  const values: (string | null)[] = []
  const count = message.readInt16BE(at)
  at += 2
  while (values.length < count) {
    const length = message.readInt32BE(at)
    at += 4
    values.push(length < 0 ? null : message.toString('utf8', at, at + length))
    at += Math.max(0, length)
  }
  return { name, values }
}

function textFrom(message: Buffer, at: number): string {
  return message.toString('utf8', at, message.indexOf(0, at))
}

function letterOf(letter: string): number {
  return letter.charCodeAt(0)
}
