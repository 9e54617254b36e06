import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Done, type ErrorShape, Refusal, refuse, send } from './answer.ts'
import type { BillLine, Book, Job } from './book.ts'
import { Caller, type CallShape } from './caller.ts'
import { type Fault, HANGING, isAfter } from './fault.ts'
import { spoil } from './spoil.ts'
import { Plan, troubleIn } from './trouble.ts'

/** `delete` is whatever stops a job; `result` is a second read that some protocols need to learn how it ended; `content` is the clip. */
export const OPERATIONS = ['submit', 'retrieve', 'result', 'content', 'delete', 'list', 'other'] as const
export type Operation = (typeof OPERATIONS)[number]

/** A request, read whole. */
export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Undefined where the body is no JSON. */
  readonly json: unknown
}

export interface Called {
  readonly operation: Operation
  /** The job that it is about; null for a submit and a list. */
  readonly id: string | null
  /** Of a submit: what it orders. Null: nothing could be read. */
  readonly prompt: string | null
}

/** One vendor's way to speak, over a `Book` of jobs. */
export interface Protocol {
  /** What a request asks for; null: there is no such thing here. */
  read(asked: Asked): Called | null
  /** The key that came with it; null: this request needs none (a signed link). Throws a `Refusal` for one that has no business there. */
  keyOf(asked: Asked, called: Called): string | null
  /** Throws a `Refusal` where it says no. */
  carryOut(called: Called, asked: Asked, now: number): Done | Promise<Done>
  readonly errors: ErrorShape
  /** How it calls about a job that has ended; null: it never does. */
  readonly calls: CallShape | null
  /** What one clip costs, dollars. */
  usd(ordered: Job['ordered']): number
}

export interface DeskOptions {
  /** The key that it takes; any if there is none. */
  readonly key?: string
  /** Milliseconds since 1970: a test may hold the time. */
  readonly clock?: () => number
  /** 0, the default: any that is free. */
  readonly port?: number
  /** It calls back by script alone: a test says when. */
  readonly calls_by_script?: boolean
  /** Told of every request, as it comes, and of those that hang once they do. */
  readonly watch?: (seen: { readonly operation: Operation; readonly prompt: string | null; readonly stands: 'came' | 'hangs' }) => void
}

/** What every emulator is to a test. */
export interface Emulator {
  /** What a client is given as its base URL. */
  readonly base_url: string
  /** Requests so far that reached it, carried out or not. */
  readonly asked: Readonly<Record<Operation, number>>
  /** Orders that reached it whole, carried out or not, oldest first. */
  readonly orders: readonly { readonly prompt: string }[]
  /** Everything that it has taken and nobody has deleted, oldest first. */
  readonly jobs: ReadonlyMap<string, Job>
  bill(): readonly BillLine[]
  /** Statuses of the answers to its callbacks so far; 0: there was none. */
  readonly called_back: readonly number[]
  /** Calls back about a job now, whatever stands: twice, early, late, or with a signature that does not fit. Resolves with the answer. */
  callBack(id: string, how?: { readonly forged?: boolean; readonly at?: number }): Promise<void>
  /** The next requests of this kind go wrong, one after the other. A script comes before what prompts ask for. */
  next(operation: Operation, ...faults: readonly Fault[]): void
  /** From now on the key is another one, as if somebody had revoked it. */
  changeKey(key: string): void
  /** From now on nothing is made by this model. What is under way goes on. */
  removeModel(model: string): void
  stop(): Promise<void>
}

/**
 * Listens on loopback, and speaks a protocol with every fault that a script or a prompt asks for.
 * @param speak is told where it listens, for protocols that answer with links to themselves
 * @param path what follows host and port in `base_url`, like `/v1`
 */
export async function openDesk(
  options: DeskOptions,
  book: Book,
  speak: (origin: string, expect: (job: Job) => void) => Protocol,
  path = '',
): Promise<Emulator> {
  const { clock = Date.now, watch = () => {} } = options
  const asked: Record<Operation, number> = { submit: 0, retrieve: 0, result: 0, content: 0, delete: 0, list: 0, other: 0 }
  const orders: { prompt: string }[] = []
  const scripts = new Map<Operation, Fault[]>()
  const plan = new Plan()
  let { key } = options

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else if (error instanceof Refusal) refuse(response, protocol.errors, error.status, error.code, error.message)
      else refuse(response, protocol.errors, 500, 'server_error', String(error))
    })
  })
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(options.port ?? 0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the emulator has no port')
  const origin = `http://127.0.0.1:${address.port}`
  const caller = new Caller(clock, (job) => book.stands(job, clock()))
  const protocol = speak(origin, (job) => options.calls_by_script !== true && caller.expect(job, protocol.calls))

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Whether it is cut off is decided before its body is read: by its path alone.
    const url = new URL(request.url ?? '/', origin)
    const { method = 'GET', headers } = request
    const bare: Asked = { method, url, headers, body: Buffer.alloc(0), json: undefined }
    const expected = protocol.read(bare)
    if (expected !== null && scripts.get(expected.operation)?.[0] === 'cut_upload') {
      scripts.get(expected.operation)?.shift()
      asked[expected.operation] += 1
      request.socket.destroy()
      return
    }
    const body = await readBody(request)
    const whole: Asked = { ...bare, body, json: jsonOf(body) }
    const called = protocol.read(whole)
    if (called === null) throw new Refusal(404, 'not_found', `There is no ${method} ${url.pathname}.`)
    asked[called.operation] += 1
    const prompt =
      called.operation === 'submit' ? (called.prompt ?? '') : called.id === null ? null : (book.jobs.get(called.id)?.ordered.prompt ?? null)
    if (called.operation === 'submit') orders.push({ prompt: prompt ?? '' })
    watch({ operation: called.operation, prompt, stands: 'came' })
    const fault = scripts.get(called.operation)?.shift() ?? planned(called, prompt)
    const hangs = () => fault !== null && HANGING.has(fault) && watch({ operation: called.operation, prompt, stands: 'hangs' })
    if (fault !== null && !isAfter(fault)) {
      spoil(response, protocol.errors, fault, null)
      hangs()
      return
    }
    const given = protocol.keyOf(whole, called)
    if (key !== undefined && given !== null && given !== key) throw new Refusal(401, 'invalid_api_key', 'The key is not one of ours.')
    const done = await protocol.carryOut(called, whole, clock())
    if (fault === null) send(response, done)
    else spoil(response, protocol.errors, fault, done)
    hangs()
  }

  /** The fault that a sentinel of the prompt asks for. A read of a result counts as one of the job. */
  function planned({ operation, id }: Called, prompt: string | null): Fault | null {
    if (prompt === null || operation === 'list' || operation === 'other') return null
    if (operation === 'submit') return plan.next(prompt, troubleIn(prompt), 'submit')
    return plan.next(id ?? prompt, troubleIn(prompt), operation === 'result' ? 'retrieve' : operation)
  }

  return {
    base_url: `${origin}${path}`,
    asked,
    orders,
    jobs: book.jobs,
    bill: () => book.bill((ordered) => protocol.usd(ordered), clock()),
    called_back: caller.answers,
    async callBack(id, how = {}) {
      const job = book.taken.find((one) => one.id === id)
      if (job === undefined) throw new Error(`There is no job ${id}.`)
      if (protocol.calls === null) throw new Error('it calls nobody back')
      await caller.call(job, protocol.calls, how)
    },
    next(operation, ...faults) {
      scripts.set(operation, [...(scripts.get(operation) ?? []), ...faults])
    },
    changeKey(other) {
      key = other
    },
    removeModel(model) {
      book.gone.add(model)
    },
    async stop() {
      caller.stop()
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts)
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
