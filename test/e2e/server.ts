import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Answer, type Call, call } from './call.ts'
import { eventually, GIVE_UP_MS } from './eventually.ts'
import { allGone, processesIn, signal } from './processes.ts'
import { type Exit, filmgate, type Program } from './program.ts'

export interface ServerOptions {
  /** Made and removed with the server unless it is given. */
  readonly data_folder?: string
  /** More variables: `FILMGATE_SENTINELS`, `DATABASE_URL`, … */
  readonly env?: Readonly<Record<string, string>>
}

/** A Filmgate as a user starts it: a process of its own on a data folder, seen from outside. */
export class Server {
  readonly data_folder: string
  readonly port: number
  readonly #env: Readonly<Record<string, string>>
  readonly #owns_folder: boolean
  readonly #guard: ChildProcess
  #program: Program | null = null

  constructor(data_folder: string, port: number, env: Readonly<Record<string, string>>, owns_folder: boolean) {
    this.data_folder = data_folder
    this.port = port
    this.#env = env
    this.#owns_folder = owns_folder
    this.#guard = guardAgainstKill(data_folder, owns_folder)
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get pid(): number {
    return this.program.pid
  }

  /** The one that was started last. */
  get program(): Program {
    if (this.#program === null) throw new Error('the server was never started')
    return this.#program
  }

  /** The keys as the first start printed them and the data folder keeps them. */
  get operator_key(): string {
    return readFileSync(join(this.data_folder, 'operator.key'), 'utf8').trim()
  }

  get demo_key(): string {
    return readFileSync(join(this.data_folder, 'demo.key'), 'utf8').trim()
  }

  /** Starts it and waits until it is ready. @returns milliseconds from the start of the process to the first 200 of /readyz */
  async start(): Promise<number> {
    if (this.#program !== null && this.#program.exit === null) throw new Error('it runs already')
    const started_at = performance.now()
    const program = filmgate({ ...this.#env, FILMGATE_DATA: this.data_folder, PORT: String(this.port) })
    this.#program = program
    this.#guard.stdin?.write(`${program.pid}\n`)
    await eventually(
      async () => {
        if (program.exit !== null) throw new Error(`the server ended with ${program.exit.code ?? program.exit.signal}: ${program.stderr}`)
        return this.ready()
      },
      GIVE_UP_MS,
      () => `not ready: ${program.stderr.slice(-2_000)}`,
    )
    const ready_ms = performance.now() - started_at
    await eventually(() => program.stdout.includes('is ready at'))
    return ready_ms
  }

  async ready(): Promise<boolean> {
    try {
      const answer = await fetch(`${this.address}/readyz`, { signal: AbortSignal.timeout(10_000) })
      await answer.arrayBuffer()
      return answer.status === 200
    } catch {
      return false
    }
  }

  /** Sends a signal and waits for the end of the process. PostgreSQL survives what kills the server. */
  kill(name: NodeJS.Signals): Promise<Exit> {
    return this.program.end(name)
  }

  /** Ends it if it runs, as a supervisor would, and starts it again on the same folder. @returns as `start` */
  async restart(): Promise<number> {
    if (this.program.exit === null) await this.stop()
    return this.start()
  }

  stop(): Promise<Exit> {
    return this.kill('SIGTERM')
  }

  /** Where the embedded PostgreSQL keeps its files. */
  get cluster(): string {
    return clusterOf(this.data_folder)
  }

  /** The process of the embedded PostgreSQL now; null when none runs. */
  get postmaster(): number | null {
    return postmasterOf(this.data_folder)
  }

  /** One request. Rejects when no answer came. */
  call(method: string, path: string, options: Call = {}): Promise<Answer> {
    return call(this.address, method, path, { key: this.demo_key, ...options })
  }

  /** As the operator; rejects unless the answer is a 200. */
  async operate(method: string, path: string, body?: unknown): Promise<Answer['json']> {
    const answer = await this.call(method, path, { key: this.operator_key, ...(body === undefined ? {} : { body }) })
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.bytes.toString()}`)
    return answer.json
  }

  /** Ends everything that it started and removes its folder, however it stands. */
  async remove(): Promise<void> {
    if (this.#program !== null && this.#program.exit === null) await this.kill('SIGKILL')
    await endPostgres(this.data_folder)
    this.#guard.kill('SIGKILL')
    if (!this.#owns_folder) return
    await rm(this.cluster, { recursive: true, force: true, maxRetries: 5 })
    await rm(this.data_folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/**
 * Starts a server and waits until it is ready.
 * @example
 * const server = await startServer({ env: { FILMGATE_SENTINELS: '1' } })
 * afterAll(() => server.remove())
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const server = await newServer(options)
  try {
    await server.start()
    return server
  } catch (error) {
    await server.remove()
    throw error
  }
}

/** A server that was not started yet. */
export async function newServer({ data_folder, env = {} }: ServerOptions = {}): Promise<Server> {
  return new Server(data_folder ?? (await newFolder()), await freePort(), env, data_folder === undefined)
}

/** A folder that everybody may pass through: as root, PostgreSQL is somebody else. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'filmgate-e2e-'))
  await chmod(folder, 0o711)
  return folder
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const holder = createServer()
  await new Promise<void>((listening) => holder.listen(0, '127.0.0.1', listening))
  const address = holder.address()
  await new Promise((closed) => holder.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function clusterOf(data_folder: string): string {
  try {
    return join(readFileSync(join(data_folder, 'postgres.location'), 'utf8').trim(), 'postgres')
  } catch {
    return join(data_folder, 'postgres')
  }
}

function postmasterOf(data_folder: string): number | null {
  const cluster = clusterOf(data_folder)
  try {
    const pid = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0])
    return processesIn(cluster).includes(pid) ? pid : null
  } catch {
    return null
  }
}

/** Ends the embedded PostgreSQL of a data folder, which outlives a killed server by design. */
export async function endPostgres(data_folder: string): Promise<void> {
  const postmaster = postmasterOf(data_folder)
  if (postmaster !== null) signal(postmaster, 'SIGQUIT')
  const left = processesIn(clusterOf(data_folder))
  await allGone(left, 5_000).catch(() => {
    for (const pid of left) signal(pid, 'SIGKILL')
  })
}

/** The run itself may be killed: this waits for our end of its pipe to close, and then ends what we left. It is told every process of the server. */
function guardAgainstKill(data_folder: string, owns_folder: boolean): ChildProcess {
  const script = `while read -r pid; do server=$pid; done
    kill -KILL "$server" 2>/dev/null; home=$(cat "$0/postgres.location" 2>/dev/null || echo "$0")
    kill -QUIT "$(head -n 1 "$home/postgres/postmaster.pid" 2>/dev/null)" 2>/dev/null; sleep 1
    [ "$1" = true ] && rm -rf "$home/postgres" "$0"`
  const guard = spawn('/bin/sh', ['-c', script, data_folder, String(owns_folder)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.stdin?.on('error', () => undefined)
  guard.unref()
  return guard
}
