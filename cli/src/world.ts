/** Where a stream of text goes. */
export interface Sink {
  write(text: string): void
  readonly is_terminal: boolean
  /** Of a terminal; infinite otherwise: what goes into a file is never cut. */
  columns(): number
}

/** Everything outside the program that a command may touch, passed in so that tests can hand in theirs. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  readonly platform: NodeJS.Platform
  readonly node: string
  readonly stdout: Sink
  readonly stderr: Sink
  readonly stdin: { readonly is_terminal: boolean; read(): Promise<string> }
  readonly fetch: typeof fetch
  /** Milliseconds since 1970. */
  now(): number
  /** Rejects when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls again and again, until what it answers is called. */
  every(ms: number, run: () => void): () => void
  /** Random, as a UUID. */
  uuid(): string
  /** Fires at the first Ctrl-C; the second ends the process. */
  readonly interrupted: AbortSignal
  /** Yes or no, on a terminal only. Null: Ctrl-C. */
  ask(question: string): Promise<boolean | null>
  /** Starts a program that outlives us or takes our place, and answers with its exit code when `wait`. */
  launch(
    command: string,
    args: readonly string[],
    options: { readonly wait: boolean; readonly env?: Readonly<Record<string, string>> },
  ): Promise<number>
}
