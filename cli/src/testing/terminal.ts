import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { run } from '../run.ts'
import type { World } from '../world.ts'

/** One request as the scripted gateway saw it. */
export interface Asked {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Headers
  readonly body: unknown
}

type Reply = unknown | Response | ((asked: Asked) => unknown)

export interface TerminalOptions {
  /** `GET /v1/balance` → what is answered; a Response goes as it is. Lists of replies are used up one by one, the last one stays. */
  readonly answers?: Readonly<Record<string, Reply | readonly Reply[]>>
  /** Columns of a terminal; without: stdout and stderr are pipes. */
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly stdin_is_terminal?: boolean
  /** What a person answers to questions, in order; null presses Ctrl-C. */
  readonly says?: readonly (boolean | null)[]
  readonly interrupted?: AbortSignal
  /** Settings files and orders under way are kept in it: give the same to a second run. */
  readonly home?: string
}

export interface Ran {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  readonly asked: readonly Asked[]
  /** Programs that were started. */
  readonly launched: readonly (readonly string[])[]
}

export const KEY = 'fg_test_0123456789abcdef'
/** 2026-11-22 12:00:00 UTC: where the clock of a scripted run begins. */
export const NOON_MS = 1_795_348_800_000

/** A home of its own for this test. */
export function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'filmgate-cli-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return home
}

/**
 * Runs one command line against a scripted gateway, in this process.
 * @example const ran = await terminal({ answers: { 'POST /v1/quotes': QUOTE }, columns: 40 }, 'quote', 'A cat')
 */
export async function terminal(options: TerminalOptions, ...argv: readonly string[]): Promise<Ran> {
  const written = { stdout: '', stderr: '' }
  const asked: Asked[] = []
  const launched: string[][] = []
  const says = [...(options.says ?? [])]
  const left = new Map(Object.entries(options.answers ?? {}).map(([route, reply]) => [route, Array.isArray(reply) ? [...reply] : [reply]]))
  const home = options.home ?? newHome()
  let now = NOON_MS
  const sink = (to: 'stdout' | 'stderr') => ({
    write(text: string) {
      written[to] += text
    },
    is_terminal: options.columns !== undefined,
    columns: () => options.columns ?? Number.POSITIVE_INFINITY,
  })
  const world: World = {
    env: { FILMGATE_KEY: KEY, TERM: 'xterm', NO_COLOR: '1', ...options.env },
    cwd: home,
    home,
    platform: 'linux',
    node: '24.0.0',
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    stdin: { is_terminal: options.stdin_is_terminal ?? options.columns !== undefined, read: async () => options.stdin ?? '' },
    fetch: async (address, init) => {
      const url = new URL(String(address))
      const headers = new Headers(init?.headers)
      const text = typeof init?.body === 'string' ? init.body : null
      const is_json = headers.get('content-type')?.includes('application/json') === true
      const one: Asked = {
        method: init?.method ?? 'GET',
        path: url.pathname + url.search,
        headers,
        body: text !== null && is_json ? JSON.parse(text) : text,
      }
      asked.push(one)
      const replies = left.get(`${one.method} ${one.path}`) ?? left.get(`${one.method} ${url.pathname}`)
      if (replies === undefined) return refused(404, 'not_found', `There is no path ${url.pathname}.`)
      const reply = replies.length > 1 ? replies.shift() : replies[0]
      const answer: unknown = typeof reply === 'function' ? await reply(one) : reply
      return answer instanceof Response ? answer.clone() : Response.json(answer, { headers: { 'x-request-id': 'req_test' } })
    },
    now: () => now,
    // Time passes by being waited for.
    sleep: async (ms) => {
      now += ms
    },
    every: () => () => undefined,
    uuid: () => '00000000-0000-4000-8000-000000000001',
    interrupted: options.interrupted ?? new AbortController().signal,
    ask: async (question) => {
      const answer = says.shift() ?? null
      written.stderr += `? ${question} ${answer === null ? '^C' : answer ? 'yes' : 'no'}\n`
      return answer
    },
    launch: async (command, args) => {
      launched.push([command, ...args])
      return 0
    },
  }
  const exit = await run(argv, world)
  const shown = (text: string) => text.replaceAll(home, '~')
  return { exit, stdout: shown(written.stdout), stderr: shown(written.stderr), asked, launched }
}

/** A refusal in the API's envelope. */
export function refused(status: number, code: string, message: string, more: Readonly<Record<string, unknown>> = {}): Response {
  const type = status === 402 ? 'insufficient_credits' : status === 404 ? 'not_found_error' : 'invalid_request_error'
  return Response.json(
    { error: { message, type, param: null, code, ...more } },
    { status, headers: { 'x-request-id': 'req_test', 'x-should-retry': 'false' } },
  )
}

/**
 * Runs a command line and compares everything that it said, and its exit code, with golden/NAME.txt. `vitest -u` writes the file anew: look at the diff.
 * On a terminal no line may be wider than it.
 */
export async function golden(name: string, options: TerminalOptions, ...argv: readonly string[]): Promise<Ran> {
  const ran = await terminal(options, ...argv)
  const title = `$ filmgate ${argv.map((word) => (/^[\w./:=,-]+$/.test(word) ? word : `'${word}'`)).join(' ')}`
  const where = options.columns === undefined ? '' : `  # ${options.columns} columns`
  const shown = `${title}${where}\n--- stdout\n${ran.stdout}--- stderr\n${ran.stderr}--- exit ${ran.exit}\n`
  await expect(shown).toMatchFileSnapshot(join(import.meta.dirname, '../../golden', `${name}.txt`))
  return ran
}
