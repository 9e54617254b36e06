import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Done, Refusal, refuse, send } from './answer.ts'
import { type Fault, HANGING, isAfter } from './fault.ts'
import { type BillLine, bill } from './openai/bill.ts'
import { Caller } from './openai/caller.ts'
import { DIALECTS, type Dialect, type DialectName } from './openai/dialect.ts'
import { type Fields, readBody, readFields, textOf } from './openai/fields.ts'
import type { Job, Submission } from './openai/job.ts'
import { type Called, type Operation, read } from './openai/route.ts'
import type { Character } from './openai/source.ts'
import { type ClipOrder, Studio } from './openai/studio.ts'
import { spoil } from './spoil.ts'
import { Plan, troubleIn } from './trouble.ts'

export type { Fault } from './fault.ts'
export type { BillLine } from './openai/bill.ts'
export type { DialectName } from './openai/dialect.ts'
export type { Job, Ordered, Told } from './openai/job.ts'
export type { Operation } from './openai/route.ts'
export type { ClipOrder } from './openai/studio.ts'

export interface OpenaiEmulatorOptions {
  /** The bytes of a finished clip: of an extension, the stitched whole. */
  readonly clip: (order: ClipOrder) => Uint8Array | Promise<Uint8Array>
  /** From the order to the result. */
  readonly render_ms?: number
  /** The key that it takes; any if there is none. */
  readonly key?: string
  /** Whose way it speaks; OpenAI's unless told. */
  readonly dialect?: DialectName
  /** Milliseconds since 1970: a test may hold the time. */
  readonly clock?: () => number
  /** 0, the default: any that is free. */
  readonly port?: number
  /** DELETE of a running job stops it, whatever the dialect says. */
  readonly delete_stops?: boolean
  /** A finished video links to its clip in this member, whatever the dialect says. */
  readonly link?: string
  /** It takes whom to call when a job has ended in this field of an order, whatever the dialect says. */
  readonly callback_field?: string
  /** How long a link leads to its clip, from the read that showed it; for ever unless told. Each read shows a new one. */
  readonly link_lasts_ms?: number
  /** It calls back by script alone: a test says when. */
  readonly calls_by_script?: boolean
  /** Told of every request of the API, as it happens. */
  readonly watch?: (seen: Seen) => void
}

export interface Seen {
  readonly operation: Operation
  /** The prompt that it comes with, or that of the job that it is about; null where there is none. */
  readonly prompt: string | null
  /** It came, and nothing of it was carried out yet; or it hangs from now on. */
  readonly stands: 'came' | 'hangs'
}

export interface OpenaiEmulator {
  /** With the version: what a client is given as its base URL. */
  readonly base_url: string
  /** Requests so far that reached it, carried out or not. */
  readonly asked: Readonly<Record<Operation, number>>
  /** Orders that reached it whole, carried out or not, oldest first. */
  readonly orders: readonly { readonly operation: Submission; readonly prompt: string }[]
  /** Everything that it has taken and nobody has deleted, oldest first. A script may change a job: make it flap, go backwards, end late. */
  readonly jobs: ReadonlyMap<string, Job>
  readonly characters: ReadonlyMap<string, Character>
  /** What it would have charged: a line for each job, but for those that were stopped, and failed ones that are not `billed`. */
  bill(): readonly BillLine[]
  /** Statuses of the answers to its callbacks so far; 0: there was none. */
  readonly called_back: readonly number[]
  /** Calls back about a job now, whatever stands: twice, early, late. Resolves with the answer. */
  callBack(id: string): Promise<void>
  /** The next requests of this kind go wrong, one after the other. A script comes before what prompts ask for. */
  next(operation: Operation, ...faults: readonly Fault[]): void
  /** From now on the key is another one, as if somebody had revoked it. */
  changeKey(key: string): void
  /** From now on nothing is made by this model: `model_not_found`. What is under way goes on. */
  removeModel(model: string): void
  stop(): Promise<void>
}

/** Listens on loopback. */
export async function startOpenaiEmulator(options: OpenaiEmulatorOptions): Promise<OpenaiEmulator> {
  const dialect = dialectOf(options)
  const { clip, clock = Date.now, render_ms = 200, link_lasts_ms = Number.POSITIVE_INFINITY, watch = () => {} } = options
  const caller = new Caller(clock)
  const studio = new Studio({
    clip,
    render_ms,
    dialect,
    links: () => `${base_url}/links`,
    link_lasts_ms,
    taken: (job) => options.calls_by_script !== true && caller.expect(job),
  })
  const asked = nothingAsked()
  const orders: { operation: Submission; prompt: string }[] = []
  const scripts = new Map<Operation, Fault[]>()
  const plan = new Plan()
  let { key } = options

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else if (error instanceof Refusal) refuse(response, dialect.errors, error.status, error.code, error.message)
      else refuse(response, dialect.errors, 500, 'server_error', String(error))
    })
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://emulator')
    const called = read(request.method ?? 'GET', url)
    if (called === null || !dialect.operations.includes(called.operation)) {
      await readBody(request)
      throw new Refusal(404, 'not_found', `There is no ${request.method} ${url.pathname}.`)
    }
    asked[called.operation] += 1
    const script = scripts.get(called.operation)?.shift() ?? null
    if (script === 'cut_upload') {
      request.socket.destroy()
      return
    }
    const body = await readBody(request)
    const fields = request.method === 'POST' ? readFields(request.headers['content-type'] ?? '', body) : null
    fields?.catch(() => {}) // A body that cannot be read matters to what is carried out; until then faults come first.
    const prompt = await promptOf(called, fields)
    if (isSubmission(called.operation)) orders.push({ operation: called.operation, prompt: prompt ?? '' })
    watch({ operation: called.operation, prompt, stands: 'came' })
    const fault = script ?? planned(called, prompt)
    const hangs = () => fault !== null && HANGING.has(fault) && watch({ operation: called.operation, prompt, stands: 'hangs' })
    if (fault !== null && !isAfter(fault)) {
      spoil(response, dialect.errors, fault, null)
      hangs()
      return
    }
    checkKey(called, request)
    const done = await carryOut(called, url.searchParams, fields === null ? null : await fields, clock())
    if (fault === null) send(response, done)
    else spoil(response, dialect.errors, fault, done)
    hangs()
  }

  /** What is ordered, or was: of this request's own, or of the job that it is about. */
  async function promptOf(called: Called, fields: Promise<Fields> | null): Promise<string | null> {
    switch (called.operation) {
      case 'create':
      case 'remix':
      case 'edit':
      case 'extend':
        return textOf((await fields?.catch(() => null))?.values ?? {}, 'prompt') ?? ''
      case 'retrieve':
      case 'content':
      case 'delete':
        return studio.jobs.get(called.id)?.ordered.prompt ?? null
      default:
        return null
    }
  }

  /** The fault that a sentinel of the prompt asks for. */
  function planned(called: Called, prompt: string | null): Fault | null {
    if (prompt === null) return null
    switch (called.operation) {
      case 'retrieve':
      case 'content':
      case 'delete':
        return plan.next(called.id, troubleIn(prompt), called.operation)
      default:
        return plan.next(prompt, troubleIn(prompt), 'submit')
    }
  }

  function checkKey(called: Called, { headers }: IncomingMessage): void {
    const { authorization } = headers
    const own = headers['api-key']
    if (called.operation === 'content' && called.linked_at !== null) {
      // Signed links are refused when a key comes with them, and a key has no business there.
      if (authorization === undefined && own === undefined) return
      throw new Refusal(400, 'invalid_request_error', 'Only one auth mechanism allowed.')
    }
    if (key === undefined) return
    const given = dialect.key_header === 'api-key' ? own : authorization?.replace(/^Bearer /, '')
    if (given !== key) throw new Refusal(401, 'invalid_api_key', `Incorrect API key provided: ${given}.`)
  }

  async function carryOut(called: Called, query: URLSearchParams, fields: Fields | null, now: number): Promise<Done> {
    const body = fields ?? { encoding: 'form', values: {} }
    switch (called.operation) {
      case 'create':
      case 'edit':
      case 'extend':
        return studio.submit(called.operation, null, body, now)
      case 'remix':
        return studio.submit('remix', called.id, body, now)
      case 'list':
        return studio.list(query, now)
      case 'retrieve':
        return studio.retrieve(called.id, now)
      case 'delete':
        return studio.remove(called.id, now)
      case 'content':
        return studio.content(called.id, called.variant, called.linked_at, now)
      case 'create_character':
        return studio.createCharacter(body, now)
      case 'character':
        return studio.character(called.id)
    }
  }

  const base_url = `http://127.0.0.1:${await listen(server, options.port ?? 0)}/v1`
  return {
    base_url,
    asked,
    orders,
    jobs: studio.jobs,
    characters: studio.characters,
    called_back: caller.answers,
    async callBack(id) {
      const job = studio.taken.find((one) => one.id === id)
      if (job === undefined) throw new Error(`There is no job ${id}.`)
      await caller.call(job)
    },
    bill: () => bill(studio.taken, clock()),
    next(operation, ...faults) {
      scripts.set(operation, [...(scripts.get(operation) ?? []), ...faults])
    },
    changeKey(other) {
      key = other
    },
    removeModel(model) {
      studio.gone.add(model)
    },
    async stop() {
      caller.stop()
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

function dialectOf({ dialect = 'openai', delete_stops, link, callback_field }: OpenaiEmulatorOptions): Dialect {
  const named: Dialect = DIALECTS[dialect]
  return {
    ...named,
    ...(delete_stops && { delete_running: 'stops' }),
    ...(link !== undefined && { link }),
    ...(callback_field !== undefined && { callback_field }),
  }
}

function isSubmission(operation: Operation): operation is Submission {
  return operation === 'create' || operation === 'remix' || operation === 'edit' || operation === 'extend'
}

function nothingAsked(): Record<Operation, number> {
  return { create: 0, remix: 0, edit: 0, extend: 0, retrieve: 0, list: 0, delete: 0, content: 0, create_character: 0, character: 0 }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the emulator has no port')
  return address.port
}
