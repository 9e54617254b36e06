/** Why a database can not be used. `owned` is apart: it is the one that scripts ask for. */
export type Refused =
  | {
      readonly outcome: 'owned'
      /** The process that has the data folder; null when it does not say. */
      readonly by_pid: number | null
      readonly sentence: string
    }
  | {
      readonly outcome: 'refused'
      readonly reason: RefusalReason
      /** One sentence for the person at the terminal: what is wrong and what to do. Never holds a password. */
      readonly sentence: string
    }

export type RefusalReason =
  | 'not_a_url'
  | 'unreachable'
  | 'wrong_login'
  | 'unknown_database'
  | 'unsuitable_database'
  | 'old_server'
  | 'newer_database'
  | 'changed_migration'
  | 'no_permission'
  | 'disk_full'
  | 'no_memory'
  | 'unsupported_system'
  | 'broken_cluster'
  | 'did_not_start'

export function refused(reason: RefusalReason, sentence: string): Refused {
  return { outcome: 'refused', reason, sentence }
}

/**
 * Makes a sentence of what the operating system, `initdb` or PostgreSQL's log said.
 * @param said everything that was printed, or an error's message
 * @param folder the folder it is about, for the advice
 * @param log_file where more can be read, if anywhere
 */
export function explain(said: string, folder: string, log_file: string | null = null): Refused {
  if (/ENOSPC|EDQUOT|No space left on device|Disk quota exceeded|could not extend file .*wrote only/i.test(said)) {
    return refused(
      'disk_full',
      `The disk that holds ${folder} is full: free at least 200 MB there, or set FILMGATE_DATA to a folder on another disk.`,
    )
  }
  if (/EROFS|Read-only file system/i.test(said)) {
    return refused('no_permission', `${folder} is on a read-only file system: set FILMGATE_DATA to a folder that can be written.`)
  }
  if (/ENOTDIR|EEXIST/.test(said)) {
    return refused('no_permission', `${folder} is not a folder: remove the file in its way, or set FILMGATE_DATA to another folder.`)
  }
  if (/ENOENT.*mkdir/.test(said)) {
    return refused('no_permission', `${folder} can not be made there: set FILMGATE_DATA to a folder on a disk.`)
  }
  if (/could not look up effective user ID/.test(said)) {
    return refused(
      'unsupported_system',
      'PostgreSQL needs a user with an entry in /etc/passwd, and this process runs under a bare number: add the entry, run as another user, or set DATABASE_URL.',
    )
  }
  if (/was initialized by PostgreSQL version|database files are incompatible/.test(said)) {
    return refused(
      'broken_cluster',
      `The database in ${folder} was made by another version of PostgreSQL: start the version of Filmgate that made it, or set FILMGATE_DATA to a new folder.`,
    )
  }
  if (/GLIBC_[\d.]+' not found|exec format error/i.test(said)) {
    return refused(
      'unsupported_system',
      'The embedded PostgreSQL does not run on this system (it needs glibc 2.27 or newer): set DATABASE_URL to a PostgreSQL 15 or newer.',
    )
  }
  if (/could not (map anonymous shared memory|create shared memory segment)|Cannot allocate memory|ENOMEM/i.test(said)) {
    return refused(
      'no_memory',
      'There is not enough memory for PostgreSQL, which needs about 300 MB: free some, or set DATABASE_URL to a server elsewhere.',
    )
  }
  if (/EACCES|EPERM|Permission denied|Operation not permitted|has wrong ownership/i.test(said)) {
    return refused(
      'no_permission',
      `${folder} may not be written by this user: change its owner, or set FILMGATE_DATA to a folder of yours.`,
    )
  }
  const where = log_file === null ? '' : ` (more in ${log_file})`
  return refused('did_not_start', `PostgreSQL did not start: ${essence(said)}${where}.`)
}

/** The line that matters in what a failing PostgreSQL printed: the last fatal one, else the last error, else the last. */
function essence(said: string): string {
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const line =
    lines.findLast((text) => /PANIC|FATAL/.test(text)) ?? lines.findLast((text) => /error/i.test(text)) ?? lines.at(-1) ?? 'it said nothing'
  return line
    .replace(/^.*?(PANIC|FATAL|ERROR|error):\s*/, '')
    .replace(/\.$/, '')
    .slice(0, 300)
}

/** The message of anything that was thrown; for a system error with its code, which `explain` reads. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
