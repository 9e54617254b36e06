// One emulator as a process of its own:
//   node emulators/src/serve.ts --port 9100 --key sk-test --dialect openai --render-ms 5000 --clips 'clips/{size}-{seconds}s.mp4'
// Lines of JSON on stdin are for it: {"next":["create","drop_after"]} and {"report":true}, which prints what it was asked and its bill.
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { readFault } from './fault.ts'
import { DIALECTS } from './openai/dialect.ts'
import { type DialectName, type Fault, type OpenaiEmulator, type Operation, startOpenaiEmulator } from './openai.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    key: { type: 'string' },
    dialect: { type: 'string', default: 'openai' },
    'render-ms': { type: 'string', default: '5000' },
    clips: { type: 'string' },
  },
})

const { key, clips } = values
const emulator = await startOpenaiEmulator({
  port: Number(values.port),
  dialect: dialectNamed(values.dialect),
  render_ms: Number(values['render-ms']),
  ...(key !== undefined && { key }),
  clip: ({ size, lasts_s }) => {
    if (clips === undefined) throw new Error('There are no clips: start it with --clips.')
    return readFile(clips.replace('{size}', size).replace('{seconds}', String(lasts_s)))
  },
})
console.log(JSON.stringify({ base_url: emulator.base_url }))

for await (const line of createInterface({ input: process.stdin })) obey(emulator, JSON.parse(line))

function obey({ asked, bill, next }: OpenaiEmulator, said: unknown): void {
  if (typeof said !== 'object' || said === null) return
  if ('report' in said) console.log(JSON.stringify({ asked, bill: bill() }))
  if ('next' in said && Array.isArray(said.next)) {
    const [operation, ...faults]: string[] = said.next.map(String)
    if (operation === undefined || !isOperation(operation, asked)) throw new Error(`There is no operation ${operation}.`)
    next(operation, ...faults.map(faultNamed))
  }
}

function isOperation(name: string, asked: OpenaiEmulator['asked']): name is Operation {
  return name in asked
}

function faultNamed(text: string): Fault {
  const fault = readFault(text)
  if (fault === null) throw new Error(`There is no fault ${text}.`)
  return fault
}

function dialectNamed(name: string): DialectName {
  if (isDialect(name)) return name
  throw new Error(`There is no dialect ${name}: ${Object.keys(DIALECTS).join(', ')}.`)
}

function isDialect(name: string): name is DialectName {
  return name in DIALECTS
}
