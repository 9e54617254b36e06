import type { Place } from './place.ts'
import { clusterName } from './processes.ts'

export interface Load {
  /** False only for tests: a crash of the machine may then lose everything. */
  readonly durable: boolean
  readonly max_connections: number
  /** Of the machine, or of what this process may have of it. */
  readonly memory_bytes: number
}

/** PostgreSQL's own default, and what a database of ten million journal rows has use for. */
const [BUFFERS_MB_MIN, BUFFERS_MB_MAX] = [128, 1_024]
const MB = 1024 * 1024

/**
 * Pages that PostgreSQL keeps by itself: an eighth of the memory, for the server and its decoders need theirs. It is taken as pages are used, so a
 * young database has none of it. With 128 MB, accounts out of a million were served at three fifths of the rate of a young ledger (`bench/million.ts`).
 */
export function sharedBuffersMb({ durable, memory_bytes }: Load): number {
  const share = Math.floor(memory_bytes / 8 / MB)
  return durable ? Math.max(BUFFERS_MB_MIN, Math.min(BUFFERS_MB_MAX, share)) : BUFFERS_MB_MIN
}

/** The port that names the socket's file; there is no TCP. */
export const PORT = 5432

/** PostgreSQL's command line: all settings are passed at each start, so that a new version of ours brings its own. */
export function postgresArguments(place: Place, load: Load): string[] {
  const settings = {
    listen_addresses: '',
    port: String(PORT),
    // A list: quoted, or a comma in the path would end the folder's name.
    unix_socket_directories: `"${place.sockets.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    cluster_name: clusterName(place.cluster),
    max_connections: String(load.max_connections),
    shared_buffers: `${sharedBuffersMb(load)}MB`,
    // Bounds what is replayed after a kill: ready again within seconds.
    max_wal_size: '512MB',
    wal_compression: 'on',
    // Parallel queries need /dev/shm, of which a container has 64 MB; ours are short.
    max_parallel_workers_per_gather: '0',
    jit: 'off',
    // From LOG upwards, which ranks above ERROR here: statements that fail by design (guards, duplicates) would fill the disk
    // and put customers' prompts into a file.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
    ...(load.durable
      ? { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: '0' }),
  }
  return ['-D', place.cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}
