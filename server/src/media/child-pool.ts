import { type ChildProcess, fork } from 'node:child_process'
import { z } from 'zod'

/** What a pool reports that nobody asked for; pino's loggers fit. */
export interface ChildLog {
  warn(details: Readonly<Record<string, unknown>>, message: string): void
}

export interface ChildPoolOptions<Answer> {
  /** For log lines: `renderer`, `decoder`. */
  readonly name: string
  /** The module that a child runs; it calls `serveJobs`. */
  readonly entry: URL
  /** Children at once; each does one job at a time. */
  readonly size: number
  /** A child ends after this many jobs: what native code leaks goes with it. */
  readonly jobs_max: number
  /** A child without work ends after this long. */
  readonly idle_ms: number
  readonly heap_mb_max: number
  /** Resident memory, native code included; the child ends itself above it. */
  readonly rss_mb_max: number
  /** Reads what a child answered; null when it is nothing that a sound child says. */
  readonly parse: (value: unknown) => Answer | null
  readonly log: ChildLog
}

export type ChildResult<Answer> =
  | { readonly outcome: 'answered'; readonly answer: Answer }
  /** The job threw; the child lives on. */
  | { readonly outcome: 'threw'; readonly why: string }
  /** The child ended or was ended: crashed, out of memory, out of time. The pool lives on. One that had not started knew nothing of the job. */
  | { readonly outcome: 'crashed'; readonly why: string; readonly started: boolean }
  | { readonly outcome: 'aborted' }

export interface RunOptions {
  /** Counted from when a child that has started takes the job: neither while it waits for one nor while that starts. */
  readonly timeout_ms: number
  readonly signal?: AbortSignal
  readonly on_progress?: (fraction: number) => void
}

export interface ChildPool<Job, Answer> {
  /** Runs one job in a child. Never rejects for what a child does. */
  run(job: Job, options: RunOptions): Promise<ChildResult<Answer>>
  /** Process ids of the children that live now. */
  pids(): readonly number[]
  /** Ends all children; jobs that wait or run are `aborted`. */
  stop(): Promise<void>
}

const Message = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('progress'), fraction: z.number() }),
  z.object({ kind: z.literal('answer'), value: z.unknown() }),
  z.object({ kind: z.literal('threw'), message: z.string() }),
])

const STDERR_KEPT = 4_000
/** On a machine that is busy with other things a start takes long, and says nothing about the job. */
const START_MS_MAX = 60_000

// A child reads files of strangers: it gets no secret. The allocator settings keep glibc from returning every frame's
// memory to the kernel and faulting it in again, which costs 10 ms a frame at 720p.
function childEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'NODE_COMPILE_CACHE', 'TMPDIR', 'TEMP', 'SystemRoot', 'LD_LIBRARY_PATH', 'LANG']
  return {
    ...Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    MALLOC_MMAP_THRESHOLD_: String(32 * 1024 * 1024),
    MALLOC_TRIM_THRESHOLD_: String(256 * 1024 * 1024),
    // Else the codec library prefers a system FFmpeg with other encoders.
    NODE_WEBCODECS_FORCE: 'static',
  }
}

/** A pool of child processes for work that may crash, hang or eat memory. Children start when needed and end with their parent. */
export function createChildPool<Job, Answer>(options: ChildPoolOptions<Answer>): ChildPool<Job, Answer> {
  interface Ticket {
    readonly job: Job
    readonly options: RunOptions
    readonly settle: (result: ChildResult<Answer>) => void
  }

  interface Child {
    readonly process: ChildProcess
    readonly gone: PromiseWithResolvers<void>
    stderr: string
    jobs: number
    current: Ticket | null
    /** It has started. */
    ready: boolean
    /** It gets no more jobs and is about to end. */
    retired: boolean
    /** Why we ended it ourselves. */
    ended_for: string | null
    /** The limit of starting, of the current job, of idleness, or of retiring. */
    timer: NodeJS.Timeout | undefined
  }

  const children = new Set<Child>()
  const waiting: Ticket[] = []
  let stopped = false

  function start(): Child {
    const process = fork(options.entry, [String(options.rss_mb_max)], {
      execArgv: [`--max-old-space-size=${options.heap_mb_max}`, '--disable-warning=ExperimentalWarning'],
      env: childEnvironment(),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const child: Child = {
      process,
      gone: Promise.withResolvers(),
      stderr: '',
      jobs: 0,
      current: null,
      ready: false,
      retired: false,
      ended_for: null,
      timer: undefined,
    }
    children.add(child)
    process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      child.stderr = (child.stderr + text).slice(-STDERR_KEPT)
    })
    process.on('message', (message) => receive(child, message))
    process.on('error', (error) => {
      if (process.pid === undefined) leave(child, error.message)
    })
    process.on('exit', (code, signal) => leave(child, signal ? `it was ended by ${signal}` : `it ended with code ${code}`))
    return child
  }

  function leave(child: Child, how: string): void {
    children.delete(child)
    clearTimeout(child.timer)
    child.gone.resolve()
    const ticket = child.current
    child.current = null
    if (ticket && (stopped || ticket.options.signal?.aborted)) ticket.settle({ outcome: 'aborted' })
    else if (ticket) {
      const why = child.ended_for ?? how
      options.log.warn(
        { child: options.name, pid: child.process.pid, stderr: child.stderr },
        `A ${options.name} was lost in the middle of a job: ${why}.`,
      )
      ticket.settle({ outcome: 'crashed', why, started: child.ready })
    }
    dispatch()
  }

  function receive(child: Child, message: unknown): void {
    const ticket = child.current
    if (!ticket) return
    const { data } = Message.safeParse(message)
    if (data?.kind === 'ready') {
      child.ready = true
      limit(child, ticket)
    } else if (data?.kind === 'progress') ticket.options.on_progress?.(data.fraction)
    else if (data?.kind === 'threw') finish(child, ticket, { outcome: 'threw', why: data.message })
    else {
      const answer = data ? options.parse(data.value) : null
      if (answer === null) kill(child, 'it answered in a way that nobody understands')
      else finish(child, ticket, { outcome: 'answered', answer })
    }
  }

  function finish(child: Child, ticket: Ticket, result: ChildResult<Answer>): void {
    child.current = null
    child.jobs += 1
    clearTimeout(child.timer)
    if (child.jobs >= options.jobs_max) retire(child)
    else {
      child.timer = setTimeout(() => retire(child), options.idle_ms)
      child.timer.unref()
    }
    ticket.settle(result)
    dispatch()
  }

  function retire(child: Child): void {
    child.retired = true
    if (child.process.connected) child.process.disconnect()
    child.timer = setTimeout(() => kill(child, 'it did not end by itself'), 5_000)
    child.timer.unref()
  }

  function kill(child: Child, why: string): void {
    child.ended_for ??= why
    child.process.kill('SIGKILL')
  }

  function dispatch(): void {
    while (waiting.length > 0 && !stopped) {
      const usable = [...children].filter((child) => !child.retired)
      const child = usable.find((one) => one.current === null && one.process.connected) ?? (usable.length < options.size ? start() : null)
      const ticket = child ? waiting.shift() : undefined
      if (!child || !ticket) return
      give(child, ticket)
    }
  }

  function limit(child: Child, ticket: Ticket): void {
    const { timeout_ms } = ticket.options
    const [why, within_ms] = child.ready
      ? ([`it took longer than ${Math.ceil(timeout_ms / 1000)} s`, timeout_ms] as const)
      : (['it did not start', START_MS_MAX] as const)
    clearTimeout(child.timer)
    child.timer = setTimeout(() => kill(child, why), within_ms)
  }

  function give(child: Child, ticket: Ticket): void {
    child.current = ticket
    limit(child, ticket)
    child.process.send({ kind: 'job', job: ticket.job }, (error) => {
      if (error) kill(child, error.message)
    })
  }

  /** A job that waits is dropped; one that runs takes its child with it: native code cannot be asked to stop. */
  function abort(ticket: Ticket): void {
    const place = waiting.indexOf(ticket)
    if (place >= 0) {
      waiting.splice(place, 1)
      ticket.settle({ outcome: 'aborted' })
    }
    for (const child of children) if (child.current === ticket) kill(child, 'its job was aborted')
  }

  return {
    run(job, run) {
      if (stopped || run.signal?.aborted) return Promise.resolve({ outcome: 'aborted' })
      const { promise, resolve } = Promise.withResolvers<ChildResult<Answer>>()
      const onAbort = (): void => abort(ticket)
      const settle = (result: ChildResult<Answer>): void => {
        run.signal?.removeEventListener('abort', onAbort)
        resolve(result)
      }
      const ticket: Ticket = { job, options: run, settle }
      run.signal?.addEventListener('abort', onAbort, { once: true })
      waiting.push(ticket)
      dispatch()
      return promise
    },

    pids: () => [...children].flatMap((child) => child.process.pid ?? []),

    async stop() {
      stopped = true
      for (const ticket of waiting.splice(0)) ticket.settle({ outcome: 'aborted' })
      const ending = [...children]
      for (const child of ending) kill(child, 'the server stops')
      await Promise.all(ending.map((child) => child.gone.promise))
    },
  }
}
