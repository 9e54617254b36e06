// One emulator as a process of its own, of any protocol (protocols.ts):
//   node emulators/src/serve.ts --protocol fal --port 9100 --key sk-test --render-ms 5000 --clips 'clips/{size}-{seconds}s.mp4'
//   node emulators/src/serve.ts --dialect azure …      the protocol `openai`, which is what is spoken unless told
// Lines of JSON on stdin are for it: {"next":["create","drop_after"]} and {"report":true}, which prints what it was asked and its bill.
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { type Fault, readFault } from './fault.ts'
import { DIALECTS } from './openai/dialect.ts'
import { type DialectName, startOpenaiEmulator } from './openai.ts'
import { type AnyEmulator, type AnyOptions, named, PROTOCOLS } from './protocols.ts'

const { values } = parseArgs({
  options: {
    protocol: { type: 'string', default: 'openai' },
    port: { type: 'string', default: '0' },
    key: { type: 'string' },
    dialect: { type: 'string' },
    'render-ms': { type: 'string', default: '5000' },
    clips: { type: 'string' },
  },
})

const { key, clips, dialect, protocol } = values
const options: AnyOptions = {
  port: Number(values.port),
  render_ms: Number(values['render-ms']),
  ...(key !== undefined && { key }),
  clip: ({ size, seconds }) => {
    if (clips === undefined) throw new Error('There are no clips: start it with --clips.')
    return readFile(clips.replace('{size}', size).replace('{seconds}', String(seconds)))
  },
}
const emulator = await start()
console.log(JSON.stringify({ base_url: emulator.base_url }))

for await (const line of createInterface({ input: process.stdin })) obey(emulator, JSON.parse(line))

async function start(): Promise<AnyEmulator> {
  if (dialect === undefined) return protocolNamed(protocol)(options)
  if (protocol !== 'openai') throw new Error(`The protocol ${protocol} has no dialects.`)
  const { clip, ...rest } = options
  return named(
    await startOpenaiEmulator({
      ...rest,
      dialect: dialectNamed(dialect),
      clip: ({ lasts_s, size }) => clip({ seconds: lasts_s, size }),
    }),
  )
}

function obey({ asked, bill, next }: AnyEmulator, said: unknown): void {
  if (typeof said !== 'object' || said === null) return
  if ('report' in said) console.log(JSON.stringify({ asked, bill: bill() }))
  if ('next' in said && Array.isArray(said.next)) {
    const [operation = '', ...faults]: string[] = said.next.map(String)
    next(operation, ...faults.map(faultNamed))
  }
}

function faultNamed(text: string): Fault {
  const fault = readFault(text)
  if (fault === null) throw new Error(`There is no fault ${text}.`)
  return fault
}

function protocolNamed(name: string): (options: AnyOptions) => Promise<AnyEmulator> {
  const found = PROTOCOLS[name]
  if (found === undefined) throw new Error(`There is no protocol ${name}: ${Object.keys(PROTOCOLS).join(', ')}.`)
  return found
}

function dialectNamed(name: string): DialectName {
  if (isDialect(name)) return name
  throw new Error(`There is no dialect ${name}: ${Object.keys(DIALECTS).join(', ')}.`)
}

function isDialect(name: string): name is DialectName {
  return name in DIALECTS
}
