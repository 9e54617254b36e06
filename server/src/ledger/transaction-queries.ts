// How the ledger's transactions begin, and what their statements may ask about that.

/**
 * Opens the transaction of a commit, in one round trip. Plans are pinned to keys: on tables that grew since the last ANALYZE the
 * planner would read them whole. A backend whose process was frozen or cut off gives its locks back by the timeout.
 */
export const BEGIN = `begin;
set local enable_seqscan = off;
set local statement_timeout = '10s';
set local idle_in_transaction_session_timeout = '15s'`

// A transaction of the pipe has a name, which each of its statements asks for: so that none of them does anything where it did not begin. The name of
// the last one that was committed stays with the connection: a transaction that was rolled back takes it along.
const NAME = 'filmgate.batch'
export const LAST = 'filmgate.last_batch'

/** The same for a transaction in whose statements `within` its name is asked for, on a connection that may be read-only outside of it. @param name nobody's text */
export function beginOf(name: string): string {
  return `${BEGIN};
set transaction read write;
set local ${NAME} = '${name}'`
}

/** Makes a connection one that only reads outside of the pipe's transactions, and undoes that. */
export const READ_ONLY = 'set default_transaction_read_only = on'
export const READ_WRITE = 'reset default_transaction_read_only'

/** Of a statement that does nothing unless the transaction of this name has begun. @param name a parameter, or the quoted name */
export function within(name: string): string {
  return `current_setting('${NAME}', true) = ${name}`
}

/** Opens the snapshot from which everything about an account is shown together. */
export const BEGIN_SNAPSHOT = `begin isolation level repeatable read read only;
set local enable_seqscan = off;
set local statement_timeout = '30s'`
