import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { homedir } from 'node:os'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
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
    stdout: sink(process.stdout, process.env),
    stderr: sink(process.stderr, process.env),
    stdin: { is_terminal: process.stdin.isTTY === true, read: () => text(process.stdin) },
    fetch: globalThis.fetch,
    now: Date.now,
    sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
    every(ms, run) {
      const timer = setInterval(run, ms)
      return () => clearInterval(timer)
    },
    uuid: randomUUID,
    interrupted: listenForInterrupts(),
    ask,
    launch,
    flushed: async () => {
      await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))))
    },
  }
}

function sink(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Sink {
  // A reader that has seen enough, like `head`, is no failure: there is only nobody left to tell.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (stream === process.stdout) process.exit(process.exitCode ?? EXIT.ok)
  })
  const forced = Number(env.COLUMNS)
  return {
    write: (text) => void stream.write(text),
    is_terminal: stream.isTTY === true,
    columns() {
      if (!stream.isTTY) return Number.POSITIVE_INFINITY
      return stream.columns || (Number.isInteger(forced) && forced > 0 ? forced : 80)
    },
  }
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

function launch(command: string, args: readonly string[], options: Parameters<World['launch']>[2]): Promise<number> {
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
