import { type Fault, readFault } from './fault.ts'

/** Requests that a prompt can spoil: the one that it comes with, and those about the job that it made. */
export type Spoilt = 'submit' | 'retrieve' | 'content' | 'delete'

export interface PlannedFault {
  readonly at: Spoilt
  readonly fault: Fault
  /** How many requests meet it; `Infinity`: all. */
  readonly times: number
}

/** What a prompt asks for by sentinel. */
export interface Trouble {
  readonly fail: boolean
  readonly moderated: boolean
  readonly hang: boolean
  readonly short: boolean
  readonly long: boolean
  readonly wrong_size: boolean
  readonly billed: boolean
  readonly flapping: boolean
  readonly backwards: boolean
  readonly slow_ms: number
  readonly flaky: number
  readonly faults: readonly PlannedFault[]
}

/** Sentinels that are short for requests which always go wrong. */
const ALWAYS: Readonly<Record<string, readonly (readonly [Spoilt, Fault])[]>> = {
  no_file: [['content', 404]],
  expired: [['content', 403]],
  not_a_video: [['content', 'not_a_video']],
  revoked: [
    ['retrieve', { status: 401, code: 'invalid_api_key' }],
    ['content', { status: 401, code: 'invalid_api_key' }],
  ],
  gone: [['submit', { status: 404, code: 'model_not_found' }]],
  gone_later: [
    ['retrieve', { status: 404, code: 'model_not_found' }],
    ['content', { status: 404, code: 'model_not_found' }],
  ],
}

export function troubleIn(prompt: string): Trouble {
  const has = (name: string) => prompt.includes(`[[${name}]]`)
  const number = (name: string) => Number(new RegExp(`\\[\\[${name}:(\\d+(?:\\.\\d+)?)\\]\\]`).exec(prompt)?.[1] ?? 0)
  return {
    fail: has('fail'),
    moderated: has('moderated'),
    hang: has('hang'),
    short: has('short'),
    long: has('long'),
    wrong_size: has('wrong_size'),
    billed: has('billed'),
    flapping: has('flapping'),
    backwards: has('backwards'),
    slow_ms: number('slow') * 1000,
    flaky: number('flaky'),
    faults: [...faultsIn(prompt), ...Object.entries(ALWAYS).flatMap(([name, faults]) => (has(name) ? faults.map(always) : []))],
  }
}

function always([at, fault]: readonly [Spoilt, Fault]): PlannedFault {
  return { at, fault, times: Number.POSITIVE_INFINITY }
}

/** `[[submit:drop_after]]`, `[[retrieve:500x3]]`, `[[content:404x*]]`: once, three times, always. */
function faultsIn(prompt: string): readonly PlannedFault[] {
  const planned: PlannedFault[] = []
  for (const [, at, text = '', times = '1'] of prompt.matchAll(/\[\[(\w+):(\w+?)(?:x(\d+|\*))?\]\]/g)) {
    const fault = readFault(text)
    if (fault !== null && (at === 'submit' || at === 'retrieve' || at === 'content' || at === 'delete'))
      planned.push({ at, fault, times: times === '*' ? Number.POSITIVE_INFINITY : Number(times) })
  }
  return planned
}

/** Counts, so that a fault that shall come N times comes N times. */
export class Plan {
  readonly #met = new Map<string, number>()

  /** The fault that this request meets, if any. `whose` tells one job or prompt from another. */
  next(whose: string, { faults }: Trouble, at: Spoilt): Fault | null {
    for (const [index, planned] of faults.entries()) {
      if (planned.at !== at) continue
      const name = `${index} ${whose}`
      const met = this.#met.get(name) ?? 0
      if (met >= planned.times) continue
      this.#met.set(name, met + 1)
      return planned.fault
    }
    return null
  }
}
