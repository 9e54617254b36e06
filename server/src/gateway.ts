import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { appointEngine } from './access/authenticate.ts'
import { createCallbacks } from './access/callbacks.ts'
import { Arrivals, callStatement, sweepCalls } from './access/calls.ts'
import { createClipAddresses } from './access/clip-addresses.ts'
import { idempotencyStatement, sweepIdempotencyKeys } from './access/idempotency.ts'
import { keyHasher } from './access/keys.ts'
import type { Secret } from './access/secret.ts'
import { sweepFiles } from './batches/files.ts'
import { batchMetrics } from './batches/metrics.ts'
import type { BatchParts } from './batches/parts.ts'
import { ending, registerBatchRiders } from './batches/riders.ts'
import { batchStep, rescueBatches } from './batches/step.ts'
import { type Connection, openPool } from './db/pool.ts'
import { createIds, inBlocks } from './domain/ids.ts'
import { POLL_DEFAULT } from './domain/poll.ts'
import type { Rational } from './domain/rational.ts'
import { BUILT_IN, type Settings } from './domain/settings.ts'
import type { Clock } from './domain/time.ts'
import { createWorld } from './domain/world.ts'
import { buildApp } from './http/app.ts'
import { bringReference } from './http/reference.ts'
import { ROUTES, WORKER_ROUTES } from './http/routes.ts'
import { Jobs } from './jobs/jobs.ts'
import { QUEUES } from './jobs/queues.ts'
import { createLedger } from './ledger/ledger.ts'
import { registerParking } from './ledger/parking.ts'
import { createRiderRegistry } from './ledger/riders.ts'
import { royaltyStatement } from './ledger/royalties.ts'
import { createDecoder } from './media/decoder.ts'
import { openStore } from './media/open-store.ts'
import type { S3Place } from './media/s3/place.ts'
import { createStitcher } from './media/stitch.ts'
import { createGuardedClient } from './net/guarded.ts'
import type { Resolve } from './net/resolve.ts'
import { registerPlanRiders } from './plans/riders.ts'
import { createRenderer } from './providers/animatic/renderer.ts'
import { Studio } from './providers/animatic/studio.ts'
import { createProviders } from './providers/registry.ts'
import { type SetUp, setUp } from './setup.ts'
import { registerStoryboardRider } from './storyboards/riders.ts'
import { submitStep } from './videos/attempt.ts'
import { createExpectations } from './videos/expectations.ts'
import { fetchStep } from './videos/fetch.ts'
import { INSPECTION_LIMITS, Inspections } from './videos/inspections.ts'
import { type Log, type Parts, type RouteTable, type Stitch, TIMING, type Timing } from './videos/parts.ts'
import { Polls } from './videos/polls.ts'
import { upsertProviderAccounts } from './videos/queries.ts'
import { callFromRelaxedLanes, RELAXED_LOOK_MS } from './videos/relaxed.ts'
import { registerVideoRiders } from './videos/riders.ts'
import { rescue, sweepVideos } from './videos/sweep.ts'
import { rescueWakes, waker, wakeStep } from './videos/waking.ts'
import { videoMetrics } from './videos/watch.ts'
import { Deliverer } from './webhooks/deliver.ts'
import { registerWebhookRiders } from './webhooks/emit.ts'
import { sweepExpiring, tellLow } from './webhooks/notices.ts'
import type { WebhookParts } from './webhooks/parts.ts'
import { sweepWebhooks } from './webhooks/sweep.ts'

export interface GatewayOptions {
  readonly connection: Connection
  readonly data_folder: string
  /** Compared between processes that share a database; constant where the data folder may move with its database. */
  readonly storage: string
  /** Where clips lie; the data folder unless given. */
  readonly s3?: S3Place | null
  /** Whether the content of a video may be answered with a link into the bucket; it may unless told otherwise. */
  readonly storage_links?: boolean
  /** `api` answers and runs no steps; `worker` runs steps, and answers only whether it lives, is ready, and how it does. */
  readonly role: 'all' | 'api' | 'worker'
  readonly secret: Secret
  readonly operator_key: string | null
  readonly credit_usd: Rational
  /** What the configuration file says; the built-in presets unless given. */
  readonly settings?: Settings
  readonly sentinels: boolean
  /** `host:port` of private places that customers' links may lead to; none unless given. */
  readonly trusted_hosts?: ReadonlySet<string>
  /** No other process works on this database: what a dead one left in hand is ours at once. */
  readonly alone: boolean
  readonly console_folder: string | null
  readonly log: Log
  readonly clock?: Clock
  readonly timing?: Partial<Timing>
  /** Replaces the name servers for customers' links, for tests. */
  readonly resolve?: Resolve
  /** Replaces or adds provider accounts, for tests. */
  readonly providers?: RouteTable['provider']
  /** Replaces the joining of clips, for tests. */
  readonly stitch?: Stitch
  /** Whether it sweeps once a minute; not for tests, where a sweep would hide that nobody did at once what it makes up for. */
  readonly sweeps?: boolean
}

/** One process of the gateway over one database: every part, joined. */
export interface Gateway {
  readonly set_up: Extract<SetUp, { outcome: 'ready' }>
  readonly app: Awaited<ReturnType<typeof buildApp>>
  readonly parts: Parts
  readonly webhooks: WebhookParts
  /** From now on new requests are sent elsewhere and no new job is begun. */
  close(): void
  /** Ends everything that this process has in hand, within about `timeout_ms`; the rest is taken up again by others or by the next start. */
  stop(timeout_ms: number): Promise<void>
}

const SWEEP_MS = 60_000
const FILES_SWEEP_MS = 3_600_000
/** Of the time to stop, so much is for writing down what could not be brought to an end. */
const WRITTEN_DOWN_MS = 1_000
/** Well under the minute within which journal rows are sealed. */
const SEAL_MS = 10_000
/** How long a stopping process waits for answers to the webhooks that it has sent: most come within it, and are sent once only. */
const WEBHOOK_GRACE_MS = 1_000
/** Nobody writes one file for longer than this. */
const LEFT_MS = 3_600_000
/** How long a stopping process tries to hand over the looks that wait for a provider; without it they run elsewhere after their heartbeat. */
const HAND_OVER_MS = 2_000
/** No upload and no drawing takes this long: what is older was left by a process that was killed. */
const SCRATCH_KEPT_MS = 86_400_000
/** Each kind of step has workers of its own, and one job at a time where it may take long: a slow submit or fetch holds up nothing else. */
const WORK = {
  submit: { batch: 1, workers: 6 },
  fetch: { batch: 1, workers: 4 },
  webhook: { batch: 250, workers: 1 },
  wake: { batch: 1, workers: 2 },
  // A step may follow a link for twenty seconds: some batches that do leave room for others.
  batch: { batch: 1, workers: 4 },
} as const

/** Due looks that are read together. */
const POLLED_AT_ONCE = 250

/** Builds and joins all parts on a migrated database. A refusal is one sentence for the person at the terminal. */
export async function openGateway(options: GatewayOptions): Promise<Gateway | Extract<SetUp, { outcome: 'refused' }>> {
  const { log, data_folder } = options
  const clock = options.clock ?? Date.now
  const uuid = createIds(clock, inBlocks(randomBytes))
  const scratches = join(data_folder, 'scratch')
  await removeOldScratch(scratches, options.alone ? Number.POSITIVE_INFINITY : clock() - SCRATCH_KEPT_MS)
  // In containers every process may be number 1: the number alone is no name.
  const scratch = join(scratches, `${process.pid}-${uuid()}`)
  await mkdir(scratch, { recursive: true, mode: 0o700 })
  const before = options.alone ? clock() : clock() - LEFT_MS
  const store = await openStore({ data_folder, scratch, s3: options.s3 ?? null, before })
  if ('outcome' in store) {
    await rm(scratch, { recursive: true, force: true })
    return store
  }

  // A pool that was ended may still hear the server close its connections.
  let released = false
  const lost = (error: Error) => released || log.warn('a database connection was lost', { error: error.message })
  const pool = openPool({ ...options.connection, max: 16 }, lost)
  const ledger_pool = openPool({ ...options.connection, max: 8, options: '-c enable_seqscan=off' }, lost)
  const jobs = new Jobs(options.connection, clock, (error) => log.warn('the job engine met a fault', { error: error.message }))
  const riders = createRiderRegistry()
  registerParking(riders)
  riders.register(idempotencyStatement)
  riders.register(callStatement)
  riders.register(royaltyStatement)
  registerPlanRiders(riders)
  registerVideoRiders(riders, jobs)
  registerBatchRiders(riders, jobs, uuid)
  registerStoryboardRider(riders)
  registerWebhookRiders(riders, jobs)
  const ledger = createLedger({
    pool: ledger_pool,
    clock,
    ids: uuid,
    riders,
    on_low: (tx, fell) => tellLow({ jobs, uuid }, tx, fell),
    wake: waker(jobs, uuid, clock),
    on_event: (event) =>
      (event.event === 'fenced' || event.event === 'retried' ? log.info : log.warn)('the ledger', { ...event, account: undefined }),
  })
  const hash_key = keyHasher(options.secret)
  const engine = appointEngine()

  const child_log = { warn: (fields: Readonly<Record<string, unknown>>, message: string) => log.warn(message, fields) }
  const renderer = createRenderer({ log: child_log })
  const decoder = createDecoder({ log: child_log })
  const inspector = createDecoder({ log: child_log, name: 'inspector', size: INSPECTION_LIMITS.at_once })
  const stitcher = createStitcher({ log: child_log })
  const studio = new Studio({
    pool,
    store,
    renderer,
    clock,
    scratch,
    concurrency: Math.max(1, Math.floor(availableParallelism() / 2)),
    onError: (error) => log.warn('the animatic met a fault', { error: String(error) }),
  })
  const timing = { ...TIMING, ...options.timing }
  const { accounts, routes, cards, customer_card, limits, tiers, guardrails, plans, packs, retry_alert, public_url } =
    options.settings ?? BUILT_IN
  const { request_timeout_ms } = timing
  const providers = createProviders(
    { pool, store, clock, studio, decoder, uuid, sentinels: options.sentinels, request_timeout_ms },
    accounts,
  )
  const reach = { trusted_hosts: options.trusted_hosts ?? new Set<string>(), ...(options.resolve ? { resolve: options.resolve } : {}) }
  const guarded = createGuardedClient(reach)
  const table: RouteTable = {
    provider: (account) => options.providers?.(account) ?? providers.get(account) ?? null,
    poll: (name) => routes.find((route) => route.name === name)?.poll ?? POLL_DEFAULT,
    deadlineSeconds: (name) => routes.find((route) => route.name === name)?.deadline_s ?? null,
    bills: (name) => accounts.find((account) => account.name === name)?.bills ?? [],
  }
  const expectations = createExpectations({ pool, engine, clock, log })
  const world = createWorld({
    routes,
    credit_usd: options.credit_usd,
    cards,
    customer_card,
    limits,
    tiers,
    guardrails,
    plans,
    packs,
    retry_alert,
  })
  const parts: Parts = {
    engine,
    expectations,
    pool,
    ledger,
    jobs,
    store,
    decoder,
    inspector,
    inspections: new Inspections(),
    stitch: options.stitch ?? stitcher.stitch,
    reshape: stitcher.reshape,
    clock,
    monotonic: () => performance.now(),
    random: Math.random,
    uuid,
    pause: (ms) => delay(ms),
    routes: table,
    callbacks: createCallbacks(options.secret, public_url),
    world,
    log,
    timing,
    on_end: ending,
  }
  const batches: BatchParts = { ...parts, bringReference: (given, size) => bringReference(guarded, given, size, 'json') }
  const polls = new Polls(parts)
  const webhooks: WebhookParts = {
    pool,
    ledger,
    jobs,
    clock,
    monotonic: parts.monotonic,
    chance: parts.random,
    random: randomBytes,
    uuid,
    secret: options.secret,
    client: createGuardedClient(reach),
    trusted_hosts: reach.trusted_hosts,
    log,
  }
  const deliverer = new Deliverer(webhooks)

  const releaseAll = async () => {
    released = true
    await Promise.all([renderer.stop(), decoder.stop(), inspector.stop(), stitcher.stop()])
    await Promise.all([pool.end(), ledger_pool.end()])
    await rm(scratch, { recursive: true, force: true })
  }
  const set_up = await setUp({
    pool,
    ledger,
    engine,
    clock,
    random: randomBytes,
    secret: options.secret,
    hash_key,
    data_folder,
    storage: options.storage,
    operator_key: options.operator_key,
  })
  if (set_up.outcome === 'refused') {
    await releaseAll()
    return set_up
  }
  await upsertProviderAccounts(
    pool,
    [...providers.keys()].map((name) => {
      const account = accounts.find((one) => one.name === name)
      return {
        name,
        open_limit: account?.open_limit ?? null,
        sends_per_minute: account?.sends_per_minute ?? null,
        sends_per_second: account?.sends_per_second ?? null,
      }
    }),
  )
  await jobs.start()

  let closing = false
  const app = await buildApp(
    {
      pool,
      clock,
      random: randomBytes,
      uuid,
      secret: options.secret,
      hash_key,
      arrivals: new Arrivals(pool, clock),
      clips: createClipAddresses(options.secret),
      public_url,
      ledger,
      world,
      guarded,
      videos: parts,
      storage_links: options.storage_links ?? true,
      webhooks,
      log,
      ready: () => readiness(parts, () => closing),
      closing: () => closing,
      metrics: async () => (await videoMetrics(parts)) + (await batchMetrics(pool)) + polls.metrics(),
      upload_folder: join(scratch, 'uploads'),
      console_folder: options.role !== 'worker' && options.console_folder,
    },
    options.role === 'worker' ? WORKER_ROUTES : ROUTES,
  )

  let files_swept_at = clock()
  const sweep = async () => {
    await sweepVideos(parts)
    const rescued = await rescueBatches(batches)
    if (rescued > 0) log.warn('batches without a live job were taken up again', { count: rescued })
    // Results are kept for good: looking through all of them is no duty of every minute.
    if (clock() - files_swept_at >= FILES_SWEEP_MS) {
      files_swept_at = clock()
      await sweepFiles(parts)
    }
    await ledger.sweep(clock())
    await sweepIdempotencyKeys(pool, clock())
    await sweepCalls(pool, clock())
    await sweepWebhooks(webhooks)
    await sweepExpiring(webhooks)
    await studio.sweep()
  }
  const timers: NodeJS.Timeout[] = []
  if (options.role !== 'api') {
    if (options.alone) {
      const [count] = await Promise.all([rescue(parts, 0), sweepWebhooks(webhooks, 0), rescueWakes(parts, 0), rescueBatches(batches, 0)])
      log.info('open videos taken up again', { count })
    }
    await jobs.work('submit', WORK.submit, (job) => submitStep(parts, job))
    await jobs.work('wake', WORK.wake, (job) => wakeStep(parts, job))
    await jobs.work('batch', WORK.batch, (job) => batchStep(batches, job))
    await jobs.work('fetch', WORK.fetch, (job) => fetchStep(parts, job))
    for (const queue of QUEUES) if (queue.startsWith('poll-')) jobs.in_hand.draw(queue, POLLED_AT_ONCE, (due) => polls.take(queue, due))
    await jobs.workTogether('webhook', WORK.webhook, (due) => deliverer.step(due))
    if (!options.alone) jobs.hearOthers()
    studio.start()
    timers.push(
      setInterval(() => ledger.seal(clock()).catch((error: unknown) => log.warn('sealing failed', { error: String(error) })), SEAL_MS),
      setInterval(
        () =>
          callFromRelaxedLanes(parts).catch((error: unknown) => log.warn('a look at the relaxed lanes failed', { error: String(error) })),
        RELAXED_LOOK_MS,
      ),
    )
    if (options.sweeps ?? true)
      timers.push(setInterval(() => sweep().catch((error: unknown) => log.warn('a sweep failed', { error: String(error) })), SWEEP_MS))
  }

  return {
    set_up,
    app,
    parts,
    webhooks,
    close() {
      closing = true
    },
    async stop(timeout_ms) {
      closing = true
      for (const timer of timers) clearInterval(timer)
      guarded.stop() // a request that waits for a stranger's server would outlast us
      const grace_ms = Math.min(timeout_ms, WEBHOOK_GRACE_MS)
      // What waits for a provider is handed over before its process is gone, unless the database does not take it.
      const handedOver = Promise.race([jobs.in_hand.stop().then(() => polls.stop()), delay(HAND_OVER_MS, undefined, { ref: false })])
      const brought = [...providers.values()].map((provider) => provider.stop?.(Math.max(0, timeout_ms - WRITTEN_DOWN_MS)))
      await Promise.all([app.close(), handedOver.then(() => jobs.stop(timeout_ms)), studio.stop(), deliverer.stop(grace_ms), ...brought])
      await releaseAll()
    },
  }
}

/** Removes scratch folders of processes that were killed: those last written to before an instant. */
async function removeOldScratch(scratches: string, before: number): Promise<void> {
  const names = await readdir(scratches).catch(() => [])
  for (const name of names) {
    const path = join(scratches, name)
    if ((await stat(path)).mtimeMs < before) await rm(path, { recursive: true, force: true })
  }
}

async function readiness(parts: Parts, closing: () => boolean) {
  if (closing()) return { ready: false as const, reason: 'This process is stopping.' }
  try {
    await parts.pool.query('select 1')
  } catch {
    return { ready: false as const, reason: 'The database does not answer.' }
  }
  const reason = await parts.store.trouble()
  return reason === null ? { ready: true as const } : { ready: false as const, reason }
}
