import type pg from 'pg'
import type { Pool } from '../db/pool.ts'

type Say = (statement: unknown, values?: unknown[]) => Promise<unknown>

/**
 * The same database behind connections that do to statements what `meddle` does.
 * @param meddle answers instead of a statement, which it may send itself (`go`); or lets it go `after` something; or (nothing) as it is
 */
export function meddlingPool(
  of: Pool,
  meddle: (statement: unknown, go: Say) => Promise<unknown> | { readonly after: Promise<unknown> } | undefined,
): Pool {
  const handler: ProxyHandler<pg.PoolClient> = {
    get(client, name) {
      const value = Reflect.get(client, name)
      if (name !== 'query') return typeof value === 'function' ? value.bind(client) : value
      const go: Say = (statement, values) => client.query(statement as string, values)
      return (statement: unknown, values?: unknown[]) => {
        const instead = meddle(statement, go)
        if (instead === undefined) return go(statement, values)
        return 'after' in instead ? instead.after.then(() => go(statement, values)) : instead
      }
    },
  }
  const connect = async () => new Proxy(await of.connect(), handler)
  return new Proxy(of, { get: (target, name) => (name === 'connect' ? connect : Reflect.get(target, name).bind(target)) })
}
