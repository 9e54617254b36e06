import { fstatSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { EXIT } from './exits.ts'
import type { Sink, World } from './world.ts'

/** The process that we are, as a world. */
export function realWorld(): World & { flushed(): Promise<void> } {
  return {
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    platform: process.platform,
    node: process.versions.node,
    stdout: sink('stdout', process.env),
    stderr: sink('stderr', process.env),
    // Its stream is made only for who asks: making it costs a tenth of a start.
    stdin: {
      get is_terminal() {
        return isTerminal(0)
      },
      read: async () => (await import('node:stream/consumers')).text(process.stdin),
    },
    // Looked up when it is used: Node loads what is behind it then.
    fetch: (address, init) => globalThis.fetch(address, init),
    now: Date.now,
    sleep,
    every(ms, run) {
      const timer = setInterval(run, ms)
      return () => clearInterval(timer)
    },
    uuid: () => crypto.randomUUID(),
    // From the first moment that something could be interrupted; until then Ctrl-C ends the process as it would any.
    get interrupted() {
      interrupts ??= listenForInterrupts()
      return interrupts
    },
    ask,
    launch,
    flushed: async () => {
      const streams = [...used].map((name) => process[name])
      await Promise.all(streams.filter(({ destroyed }) => !destroyed).map((stream) => new Promise((done) => stream.write('', done)))).catch(
        () => undefined,
      )
    },
  }
}

let interrupts: AbortSignal | null = null
const used = new Set<'stdout' | 'stderr'>()

/** A stream is made at the first word: most runs need one of the two. */
function sink(name: 'stdout' | 'stderr', env: NodeJS.ProcessEnv): Sink {
  const is_terminal = isTerminal(name === 'stdout' ? 1 : 2)
  const stream = () => {
    const one = process[name]
    if (used.has(name)) return one
    used.add(name)
    // A reader that has seen enough, like `head`, is no failure: there is only nobody left to tell.
    return one.on('error', (error: NodeJS.ErrnoException) => unwritten(name, error))
  }
  return {
    write(text) {
      try {
        stream().write(text)
      } catch (error) {
        // A file is written at once, and throws here.
        unwritten(name, error)
      }
    },
    is_terminal,
    columns() {
      if (!is_terminal) return Number.POSITIVE_INFINITY
      const forced = Number(env.COLUMNS)
      return process[name].columns || (Number.isInteger(forced) && forced > 0 ? forced : 80)
    },
  }
}

/** Ends the run when nothing can be said any more; what was begun is on the disk and goes on with the same command. */
function unwritten(name: 'stdout' | 'stderr', error: unknown): void {
  if (name === 'stderr') return
  const code = error instanceof Error && 'code' in error ? error.code : String(error)
  if (code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok)
  const why = code === 'ENOSPC' ? 'the disk is full' : code
  try {
    writeSync(2, `filmgate: Standard output can not be written: ${why}.\n`)
  } catch {
    // Then nobody is there to be told.
  }
  process.exit(EXIT.unexpected)
}

/** Asked of the kernel first: what can tell terminals apart is loaded only where there may be one. */
function isTerminal(fd: 0 | 1 | 2): boolean {
  try {
    if (!fstatSync(fd).isCharacterDevice()) return false
  } catch {
    return false // closed
  }
  return (fd === 0 ? process.stdin : fd === 1 ? process.stdout : process.stderr).isTTY === true
}

/** Rejects when the signal fires. */
async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const { setTimeout: delay } = await import('node:timers/promises')
  await delay(ms, undefined, signal === undefined ? {} : { signal })
}

/** The first Ctrl-C lets go of what is waited for; who presses again means it. */
function listenForInterrupts(): AbortSignal {
  const controller = new AbortController()
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    controller.abort()
  })
  return controller.signal
}

/** Loaded only here: nobody waits for prompts who is not asked. */
async function ask(question: string): Promise<boolean | null> {
  const { confirm, isCancel } = await import('@clack/prompts')
  const answer = await confirm({ message: question, initialValue: false, output: process.stderr })
  return isCancel(answer) ? null : answer
}

async function launch(command: string, args: readonly string[], options: Parameters<World['launch']>[2]): Promise<number> {
  const { spawn } = await import('node:child_process')
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      stdio: options.wait ? 'inherit' : 'ignore',
      detached: !options.wait,
      env: { ...process.env, ...options.env },
    })
    child.on('error', fail)
    if (!options.wait) {
      child.on('spawn', () => {
        child.unref()
        done(EXIT.ok)
      })
      return
    }
    // What the terminal or a supervisor tells us is for the one that took our place; we only wait for its end.
    process.removeAllListeners('SIGINT')
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => child.kill(name))
    child.on('exit', (code, signal) => done(code ?? (signal === 'SIGINT' ? EXIT.interrupted : EXIT.unexpected)))
  })
}
