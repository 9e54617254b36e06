import { resolve } from 'node:path'
import { parseDecimal, type Rational } from './domain/rational.ts'
import type { LogLevel } from './log.ts'

/** Everything that the environment decides, read and checked once. Secrets are not in it: see `access/secret.ts`. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly data_folder: string
  /** Null: the embedded PostgreSQL in the data folder. */
  readonly database_url: string | null
  readonly role: 'all' | 'api' | 'worker'
  readonly credit_usd: Rational
  readonly storage: 'file:'
  readonly sentinels: boolean
  readonly operator_key: string | null
  readonly secret: string | null
  readonly log_level: LogLevel
}

export type ConfigResult =
  | { readonly outcome: 'config'; readonly config: Config }
  | { readonly outcome: 'wrong'; readonly sentence: string }

/** Reads the variables of contract.md. The first mistake is named in one sentence that says what would be right. */
export function readConfig(env: NodeJS.ProcessEnv, cwd: string): ConfigResult {
  const text = (name: string) => (env[name] === undefined || env[name] === '' ? null : env[name])
  const wrong = (name: string, what: string): ConfigResult => ({
    outcome: 'wrong',
    sentence: `${name} is ${JSON.stringify(env[name])}; ${what}`,
  })

  const port = text('PORT') ?? '8787'
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return wrong('PORT', 'it takes a port number, 0 to 65535.')
  const role = text('FILMGATE_ROLE') ?? 'all'
  if (role !== 'all' && role !== 'api' && role !== 'worker') return wrong('FILMGATE_ROLE', 'it takes all, api or worker.')
  const storage = text('FILMGATE_STORAGE') ?? 'file:'
  if (storage !== 'file:' && storage !== 'file')
    return wrong('FILMGATE_STORAGE', 'this version keeps clips in the data folder; it takes file:.')
  const sentinels = text('FILMGATE_SENTINELS') ?? '0'
  if (sentinels !== '0' && sentinels !== '1') return wrong('FILMGATE_SENTINELS', 'it takes 0 or 1.')
  const credit_usd = parseDecimal(text('FILMGATE_CREDIT_USD') ?? '0.01')
  if (credit_usd === null || credit_usd.n <= 0n)
    return wrong('FILMGATE_CREDIT_USD', 'it takes a positive decimal number of dollars, like 0.01.')
  const log_level = text('FILMGATE_LOG') ?? 'warn'
  if (log_level !== 'info' && log_level !== 'warn' && log_level !== 'error') return wrong('FILMGATE_LOG', 'it takes info, warn or error.')
  if (text('FILMGATE_CONFIG') !== null) {
    return wrong('FILMGATE_CONFIG', 'this version reads no configuration file yet: unset it, and the built-in presets apply.')
  }
  const database_url = text('DATABASE_URL')
  const secret = text('FILMGATE_SECRET')
  if (database_url !== null && secret === null) {
    return {
      outcome: 'wrong',
      sentence:
        'FILMGATE_SECRET is not set; with DATABASE_URL it is needed, the same for every process: 32 bytes in base64, as `openssl rand -base64 32` prints.',
    }
  }
  return {
    outcome: 'config',
    config: {
      host: text('HOST') ?? '127.0.0.1',
      port: Number(port),
      data_folder: resolve(cwd, text('FILMGATE_DATA') ?? '.filmgate'),
      database_url,
      role,
      credit_usd,
      storage: 'file:',
      sentinels: sentinels === '1',
      operator_key: text('FILMGATE_OPERATOR_KEY'),
      secret,
      log_level,
    },
  }
}
