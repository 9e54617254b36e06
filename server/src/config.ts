import { resolve } from 'node:path'
import { parseDecimal, type Rational } from './domain/rational.ts'
import type { LogLevel } from './log.ts'
import { readPlace, type S3Place } from './media/s3/place.ts'
import { readTrustedHosts } from './net/trusted.ts'

/** Everything that the environment decides, read and checked once. Secrets are not in it: see `access/secret.ts`. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly data_folder: string
  /** Null: the embedded PostgreSQL in the data folder. */
  readonly database_url: string | null
  /** The configuration file, absolute; null: the built-in presets. */
  readonly config_file: string | null
  readonly role: 'all' | 'api' | 'worker'
  readonly credit_usd: Rational
  /** Where clips lie; null: in the data folder. */
  readonly s3: S3Place | null
  /** Whether the content of a video may be answered with a link into the bucket. */
  readonly storage_links: boolean
  readonly sentinels: boolean
  /** `host:port` of what customers' links may reach although it is private. */
  readonly trusted_hosts: ReadonlySet<string>
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
  const place = /^s3:/.test(storage) ? readPlace(storage, env) : null
  if (place?.outcome === 'wrong') return place
  if (place === null && storage !== 'file:' && storage !== 'file')
    return wrong('FILMGATE_STORAGE', 'it takes file: (the data folder) or s3://bucket/prefix.')
  const links = text('FILMGATE_STORAGE_LINKS') ?? 'signed'
  if (links !== 'signed' && links !== 'none') return wrong('FILMGATE_STORAGE_LINKS', 'it takes signed or none.')
  const sentinels = text('FILMGATE_SENTINELS') ?? '0'
  if (sentinels !== '0' && sentinels !== '1') return wrong('FILMGATE_SENTINELS', 'it takes 0 or 1.')
  const trusted_text = text('FILMGATE_TRUSTED_HOSTS')
  const trusted = trusted_text === null ? { outcome: 'hosts' as const, hosts: new Set<string>() } : readTrustedHosts(trusted_text)
  if (trusted.outcome === 'wrong') return wrong('FILMGATE_TRUSTED_HOSTS', trusted.what)
  const credit_usd = parseDecimal(text('FILMGATE_CREDIT_USD') ?? '0.01')
  if (credit_usd === null || credit_usd.n <= 0n)
    return wrong('FILMGATE_CREDIT_USD', 'it takes a positive decimal number of dollars, like 0.01.')
  const log_level = text('FILMGATE_LOG') ?? 'warn'
  if (log_level !== 'info' && log_level !== 'warn' && log_level !== 'error') return wrong('FILMGATE_LOG', 'it takes info, warn or error.')
  const database_url = text('DATABASE_URL')
  const config_file = text('FILMGATE_CONFIG')
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
      config_file: config_file === null ? null : resolve(cwd, config_file),
      role,
      credit_usd,
      s3: place?.place ?? null,
      storage_links: links === 'signed',
      sentinels: sentinels === '1',
      trusted_hosts: trusted.hosts,
      operator_key: text('FILMGATE_OPERATOR_KEY'),
      secret,
      log_level,
    },
  }
}
