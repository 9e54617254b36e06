import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')

/** The Node that `npm start` uses: the one that came with the installation, if it did. */
export const NODE = [join(ROOT, 'node_modules/.bin/node')].find((path) => existsSync(path)) ?? process.execPath

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** From its start to its end. */
  readonly took_ms: number
}

/** A program that runs, and all that it said. */
export class Program {
  readonly child: ChildProcess
  readonly ended: Promise<Exit>
  stdout = ''
  stderr = ''
  exit: Exit | null = null

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    const started_at = performance.now()
    // Its environment is all ours: what the developer has set must not decide what a test sees. What Node compiled before only saves time.
    const { PATH = '', HOME = '/', LANG = 'C.UTF-8', NODE_COMPILE_CACHE = '' } = process.env
    this.child = spawn(command, args, {
      cwd: ROOT,
      env: { PATH, HOME, LANG, NODE_COMPILE_CACHE, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = new Promise((done, fail) => {
      this.child.on('error', fail)
      // `close` and not `exit`: everything that it said has arrived.
      this.child.on('close', (code, name) => {
        this.exit = { code, signal: name, stdout: this.stdout, stderr: this.stderr, took_ms: performance.now() - started_at }
        done(this.exit)
      })
    })
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Sends a signal and waits for the end. */
  async end(name: NodeJS.Signals): Promise<Exit> {
    this.child.kill(name)
    return this.ended
  }
}

/** Runs Filmgate with these variables, to be refused or to go on: nobody waits for it here. */
export function filmgate(env: Readonly<Record<string, string>>, node = NODE): Program {
  return new Program(node, ['server/bin/start.mjs'], env)
}
