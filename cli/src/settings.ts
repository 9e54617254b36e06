// At once and not by promises: what is behind `node:fs/promises` takes a fifth of Node's own start to load.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { EXIT, Failure, usage } from './exits.ts'
import type { World } from './world.ts'

/** Where a setting came from, in words for `config show --origin`. */
export interface Setting<T> {
  readonly value: T
  readonly origin: string
}

/** Where the gateway is, who asks, and for whom. Flags, then the environment, then the project's file, then the user's, then what is built in. */
export interface Settings {
  readonly url: Setting<string>
  readonly key: Setting<string | null>
  readonly customer: Setting<string | null>
  /** The files that are read when they are there. */
  readonly project_file: string
  readonly user_file: string
}

export interface SettingFlags {
  readonly url?: string | undefined
  readonly key_file?: string | undefined
  readonly customer?: string | undefined
}

const DEFAULT_URL = 'http://127.0.0.1:8787'
const PROJECT_FILE = 'filmgate.json'
const NOT_SET = 'not set'

interface SettingsFile {
  readonly path: string
  readonly url: string | null
  readonly key: string | null
  readonly key_file: string | null
  readonly customer: string | null
}

/** @throws Failure: a file that can not be read, an unknown name in it, a key that others may read, an address that is none */
export async function readSettings(
  world: Pick<World, 'env' | 'cwd' | 'home' | 'platform' | 'stdin'>,
  flags: SettingFlags,
): Promise<Settings> {
  const user_file = join(configFolder(world), 'config.json')
  const found = findUpwards(world.cwd)
  const project_file = found ?? join(world.cwd, PROJECT_FILE)
  const project = found === null ? null : readSettingsFile(found)
  const user = exists(user_file) ? readSettingsFile(user_file) : null
  if (project !== null && (project.key !== null || project.key_file !== null)) {
    throw new Failure(EXIT.usage, {
      code: 'key_in_project_file',
      message: `${project.path} holds a key, and a project's file is shared: move it to ${user_file} (mode 0600) or to FILMGATE_KEY.`,
    })
  }
  const env = (name: string) => world.env[name] || null
  const url = first<string>(
    [flags.url ?? null, '--url'],
    [env('FILMGATE_URL'), 'FILMGATE_URL'],
    [project?.url ?? null, project_file],
    [user?.url ?? null, user_file],
  ) ?? { value: DEFAULT_URL, origin: 'default' }
  const customer = first<string>(
    [flags.customer ?? null, '--customer'],
    [env('FILMGATE_CUSTOMER'), 'FILMGATE_CUSTOMER'],
    [project?.customer ?? null, project_file],
    [user?.customer ?? null, user_file],
  ) ?? { value: null, origin: NOT_SET }
  const key = await readKey(world, flags, user)
  const settings = { url: { ...url, value: address(url) }, key, customer, project_file, user_file }
  refuseStrangeAddress(settings, project, user)
  return settings
}

async function readKey(
  world: Pick<World, 'env' | 'stdin' | 'platform' | 'cwd'>,
  flags: SettingFlags,
  user: SettingsFile | null,
): Promise<Setting<string | null>> {
  if (flags.key_file === '-') return { value: oneKey(await world.stdin.read(), 'standard input'), origin: '--key-file - (standard input)' }
  if (flags.key_file !== undefined) {
    const path = resolve(world.cwd, flags.key_file)
    return { value: oneKey(readSecretFile(world, path), path), origin: `--key-file ${flags.key_file}` }
  }
  const given = world.env.FILMGATE_KEY
  if (given) return { value: oneKey(given, 'FILMGATE_KEY'), origin: 'FILMGATE_KEY' }
  if (user?.key) {
    refuseReadableByOthers(world, user.path)
    return { value: oneKey(user.key, user.path), origin: user.path }
  }
  if (user?.key_file) {
    const path = resolve(dirname(user.path), user.key_file)
    return { value: oneKey(readSecretFile(world, path), path), origin: `${path}, named by ${user.path}` }
  }
  return { value: null, origin: NOT_SET }
}

/** A folder that somebody else wrote must not send our key to where they like. */
function refuseStrangeAddress(settings: Settings, project: SettingsFile | null, user: SettingsFile | null): void {
  const { url, key } = settings
  if (project === null || url.origin !== project.path || key.value === null || key.origin.startsWith('--key-file')) return
  if (isLoopback(url.value) || (user?.url && sameAddress(user.url, url.value))) return
  throw new Failure(EXIT.forbidden, {
    code: 'address_not_trusted',
    message: `${project.path} names ${url.value}, and your key was not meant for it: if it is yours, say so with FILMGATE_URL=${url.value} or --url.`,
  })
}

function isLoopback(url: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
}

function sameAddress(one: string, other: string): boolean {
  return URL.canParse(one) && new URL(one).origin === new URL(other).origin
}

function address({ value, origin }: Setting<string>): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw usage(`${origin} is ${JSON.stringify(value)}; it takes the address of a gateway, like ${DEFAULT_URL}.`)
  }
  if (new URL(value).password !== '') throw usage(`${origin} holds a password: an address takes none, the key goes into FILMGATE_KEY.`)
  return value.replace(/\/+$/, '')
}

function oneKey(text: string, where: string): string {
  const key = text.trim()
  if (key === '') throw new Failure(EXIT.forbidden, { code: 'no_key', message: `There is no key in ${where}: it is empty.` })
  // It becomes a header: a line break in it would be refused there with a sentence that names nothing.
  if (!/^[\x21-\x7e]+$/.test(key)) throw usage(`What is in ${where} is no key: a key is one word of plain letters.`)
  return key
}

function readSecretFile(world: Pick<World, 'platform'>, path: string): string {
  refuseReadableByOthers(world, path)
  return orSay(path, () => readFileSync(path, 'utf8'))
}

function refuseReadableByOthers({ platform }: Pick<World, 'platform'>, path: string): void {
  const found = orSay(path, () => statSync(path))
  if (found.isDirectory()) throw usage(`${path} is a folder; a key is kept in a file.`)
  if (platform === 'win32' || (found.mode & 0o077) === 0) return
  throw new Failure(EXIT.forbidden, {
    code: 'key_file_readable',
    message: `Others may read the key in ${path}: run chmod 600 ${quoted(path)} and repeat this.`,
  })
}

function readSettingsFile(path: string): SettingsFile {
  const text = orSay(path, () => readFileSync(path, 'utf8'))
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw usage(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw usage(`${path} takes one object, like {"url": "${DEFAULT_URL}"}.`)
  const names = ['url', 'key', 'key_file', 'customer']
  for (const [name, value] of Object.entries(json)) {
    if (!names.includes(name)) throw usage(`${path} has ${JSON.stringify(name)}; it takes ${names.join(', ')}.`)
    if (typeof value !== 'string') throw usage(`${name} in ${path} takes a text in quotes.`)
  }
  const text_of = (name: string): string | null => {
    const value: unknown = Reflect.get(json, name)
    return typeof value === 'string' && value !== '' ? value : null
  }
  return { path, url: text_of('url'), key: text_of('key'), key_file: text_of('key_file'), customer: text_of('customer') }
}

function findUpwards(from: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, PROJECT_FILE)
    if (exists(path)) return path
    if (dirname(folder) === folder) return null
  }
}

function first<T>(...ways: readonly (readonly [T | null, string])[]): Setting<T> | null {
  for (const [value, origin] of ways) if (value !== null) return { value, origin }
  return null
}

export function configFolder({ env, home }: Pick<World, 'env' | 'home'>): string {
  return join(env.XDG_CONFIG_HOME || join(home, '.config'), 'filmgate')
}

/** Where orders that are under way are remembered. */
export function stateFolder({ env, home }: Pick<World, 'env' | 'home'>): string {
  return join(env.XDG_STATE_HOME || join(home, '.local/state'), 'filmgate')
}

export function exists(path: string): boolean {
  return existsSync(path)
}

/** For a shell, when it needs quotes. */
export function quoted(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function orSay<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw cannotRead(path, error)
  }
}

function cannotRead(path: string, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') return usage(`There is no file ${path}.`)
  if (code === 'EISDIR') return usage(`${path} is a folder, not a file.`)
  return usage(`${path} can not be read (${code ?? String(error)}).`)
}
