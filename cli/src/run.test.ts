import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { COMMANDS } from './commands.ts'
import { reportCrash } from './run.ts'
import { QUOTE } from './testing/answers.ts'
import { golden, KEY, newHome, refused, terminal } from './testing/terminal.ts'
import { widthOf } from './text/width.ts'

const answers = { 'POST /v1/quotes': QUOTE }

describe('help', () => {
  test('says all commands, at any width', async () => {
    await golden('help', { columns: 100 })
    await golden('help-narrow', { columns: 40 }, 'help')
  })

  test.each(COMMANDS.map(({ name }) => name))(
    '%s explains itself within 40 columns but for examples, and says what its group says',
    async (name) => {
      const { exit, stdout } = await terminal({ columns: 40 }, ...name.split(' '), '--help')
      expect(exit).toBe(0)
      const [text = ''] = stdout.split('\nExamples\n')
      const wide = text.split('\n').filter((line) => !line.startsWith('Usage') && widthOf(line) > 40)
      expect(wide).toEqual([])
    },
  )

  test('an unknown command, flag or second word is answered with the nearest one', async () => {
    await golden('unknown-command', {}, 'quoet')
    await golden('unknown-flag', {}, 'quote', '--secnods', '8')
    await golden('unknown-second-word', {}, 'config', 'shwo')
    await golden('unknown-command-json', {}, 'quoet', '--json')
  })
})

describe('settings', () => {
  const where = async (options: Parameters<typeof terminal>[0], ...flags: string[]) => {
    const { stdout } = await terminal(options, 'config', 'show', '--json', ...flags)
    return JSON.parse(stdout)
  }

  test('come from flags, then the environment, then the project, then the user, then what is built in', async () => {
    const home = newHome()
    expect((await where({ home })).url).toEqual({ value: 'http://127.0.0.1:8787', origin: 'default' })
    mkdirSync(join(home, '.config/filmgate'), { recursive: true })
    writeFileSync(join(home, '.config/filmgate/config.json'), JSON.stringify({ url: 'http://127.0.0.1:1/' }), { mode: 0o600 })
    expect((await where({ home })).url).toMatchObject({ value: 'http://127.0.0.1:1' })
    writeFileSync(join(home, 'filmgate.json'), JSON.stringify({ url: 'http://127.0.0.1:2' }))
    expect((await where({ home })).url).toMatchObject({ value: 'http://127.0.0.1:2' })
    const env = { FILMGATE_URL: 'http://127.0.0.1:3' }
    expect((await where({ home, env })).url).toEqual({ value: 'http://127.0.0.1:3', origin: 'FILMGATE_URL' })
    expect((await where({ home, env }, '--url', 'http://127.0.0.1:4')).url).toEqual({ value: 'http://127.0.0.1:4', origin: '--url' })
    await golden('config-show', { home, env, columns: 80 }, 'config', 'show', '--origin')
  })

  test('a key is never shown', async () => {
    for (const format of ['--json', '--no-color']) {
      const { stdout, stderr } = await terminal({}, 'config', 'show', '--origin', format)
      expect(stdout + stderr).not.toContain(KEY)
    }
  })

  test('a key that others may read is refused with the command that mends it', async () => {
    const home = newHome()
    writeFileSync(join(home, 'key'), KEY)
    chmodSync(join(home, 'key'), 0o644)
    const { asked } = await golden('key-readable', { home, answers }, 'quote', '--key-file', 'key')
    expect(asked).toEqual([])
    chmodSync(join(home, 'key'), 0o600)
    const good = await terminal({ home, answers, env: { FILMGATE_KEY: '' } }, 'quote', '--key-file', 'key')
    expect([good.exit, good.asked[0]?.headers.get('authorization')]).toEqual([0, `Bearer ${KEY}`])
    const piped = await terminal({ home, answers, stdin: `${KEY}\n`, env: { FILMGATE_KEY: '' } }, 'quote', '--key-file', '-')
    expect([piped.exit, piped.asked[0]?.headers.get('authorization')]).toEqual([0, `Bearer ${KEY}`])
  })

  test('a key is not sent where a folder of somebody else’s points to', async () => {
    const home = newHome()
    writeFileSync(join(home, 'filmgate.json'), JSON.stringify({ url: 'https://elsewhere.example' }))
    const { asked } = await golden('address-not-trusted', { home, answers }, 'quote')
    expect(asked).toEqual([])
  })

  test('without a key nothing is asked, and the keys of a gateway that was started here are named', async () => {
    const home = newHome()
    await golden('no-key', { home, answers, env: { FILMGATE_KEY: '' } }, 'quote')
    mkdirSync(join(home, '.filmgate'))
    writeFileSync(join(home, '.filmgate/demo.key'), KEY)
    writeFileSync(join(home, '.filmgate/operator.key'), KEY)
    const { asked } = await golden('no-key-local', { home, answers, env: { FILMGATE_KEY: '' } }, 'quote')
    expect(asked).toEqual([])
  })
})

describe('failures', () => {
  const exits: readonly (readonly [number, string, number])[] = [
    [400, 'invalid_value', 5],
    [401, 'invalid_api_key', 3],
    [402, 'insufficient_credits', 6],
    [403, 'operator_key_required', 3],
    [404, 'not_found', 4],
    [409, 'quote_expired', 5],
    [413, 'payload_too_large', 5],
    [422, 'moderation_blocked', 5],
    [429, 'rate_limit_exceeded', 7],
    [503, 'overloaded', 10],
  ]
  test.each(exits)('%d %s ends with %d', async (status, code, exit) => {
    const ran = await terminal({ answers: { 'POST /v1/quotes': refused(status, code, 'No.') } }, 'quote', '--json')
    expect([ran.exit, JSON.parse(ran.stdout)]).toMatchObject([exit, { error: { code, exit, message: 'No.', request_id: 'req_test' } }])
  })

  test('no server, an old one, and something that is none are told apart', async () => {
    const refuse = () => {
      throw Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) })
    }
    const page = new Response('<h1>hello</h1>', { status: 200, headers: { 'content-type': 'text/html' } })
    expect((await golden('no-server', { answers: { 'POST /v1/quotes': refuse } }, 'quote')).exit).toBe(10)
    expect((await golden('old-server', {}, 'quote')).exit).toBe(10)
    expect((await golden('not-filmgate', { answers: { 'POST /v1/quotes': page } }, 'quote')).exit).toBe(10)
  })

  test('escapes in what the gateway says do not reach the terminal', async () => {
    const refusal = refused(400, 'invalid_value', 'Bad \u001b[31mword\u0007.')
    const { stderr } = await terminal({ answers: { 'POST /v1/quotes': refusal } }, 'quote')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stderr).not.toMatch(/[\u001b\u0007]/)
  })
})

test('what is thrown where nobody can catch it is one sentence: 10 for a connection that broke inside Node, 1 for our own mistake', () => {
  const said: string[] = []
  const sink = { write: (text: string) => void said.push(text), is_terminal: false, columns: () => Number.POSITIVE_INFINITY }
  const world = { env: {}, node: '24.0.0', stdout: sink, stderr: sink }
  const broken = Object.assign(new Error('assert(!this.paused)'), {
    stack: 'AssertionError\n    at Parser.finish (node:internal/deps/undici/undici:7388:9)',
  })
  expect([reportCrash(broken, [], world), reportCrash(new Error('ours'), [], world)]).toEqual([10, 1])
  expect(said.join('')).toContain('Repeat the same command')
})

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('%s knows every command and every flag', async (shell) => {
    const { exit, stdout } = await terminal({}, 'completion', shell)
    expect(exit).toBe(0)
    for (const { name, load } of COMMANDS) {
      for (const word of [...name.split(' '), ...Object.keys((await load()).command.flags)]) expect(stdout).toContain(word)
    }
  })
})
