import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { isCollection, isMap, isNode, isScalar, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml'
import type { z } from 'zod'
import { configurationSchema } from './domain/configuration.ts'
import { type Settings, settle } from './domain/settings.ts'
import { listed } from './domain/sold.ts'

export type ConfigFileResult =
  | { readonly outcome: 'settings'; readonly settings: Settings }
  /** One sentence that names the file and the line. */
  | { readonly outcome: 'wrong'; readonly sentence: string }

type Env = Readonly<Record<string, string | undefined>>

/** Reads the file that `FILMGATE_CONFIG` names. */
export async function readConfigFile(path: string, env: Env): Promise<ConfigFileResult> {
  try {
    return parseConfiguration(await readFile(path, 'utf8'), basename(path), env)
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { outcome: 'wrong', sentence: `The file ${path}, which FILMGATE_CONFIG names, can not be read (${why}).` }
  }
}

/** Reads a configuration; JSON is YAML too. The first mistake is named with its line. */
export function parseConfiguration(text: string, file: string, env: Env): ConfigFileResult {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const wrong = (offset: number, what: string): ConfigFileResult => ({
    outcome: 'wrong',
    sentence: `${file}, line ${lines.linePos(offset).line}: ${what}.`,
  })
  const [broken] = [...document.errors, ...document.warnings]
  if (broken) return wrong(broken.pos[0], `it can not be read as YAML: ${inOneLine(broken.message)}`)

  const parsed = configurationSchema.safeParse(plain(document.contents, () => document.toJS({ maxAliasCount: 100 })))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const { path, key, what } = explain(issue)
    return wrong(offsetOf(document.contents, path, key), place(path, what))
  }
  const settings = settle(parsed.data, env)
  if (!('outcome' in settings)) return { outcome: 'settings', settings }
  return wrong(offsetOf(document.contents, settings.path, null), place(settings.path, settings.what))
}

/** An empty file configures nothing. */
function plain(contents: Node | null, read: () => unknown): unknown {
  return contents === null || (isScalar(contents) && contents.value === null) ? {} : read()
}

type Path = readonly (string | number)[]

interface Explained {
  readonly path: Path
  /** A member of the place that is itself wrong. */
  readonly key: string | null
  readonly what: string
}

function explain(issue: z.core.$ZodIssue | undefined): Explained {
  const path = (issue?.path ?? []).map((step) => (typeof step === 'number' ? step : String(step)))
  const says = (what: string): Explained => ({ path, key: null, what })
  switch (issue?.code) {
    case 'unrecognized_keys': {
      const key = issue.keys[0] ?? ''
      return { path, key, what: `has an unknown key ${JSON.stringify(key.slice(0, 60))}` }
    }
    case 'invalid_type':
      return says(issue.input === undefined && isAbsent(issue) ? 'is missing' : `must be ${WANTED[issue.expected] ?? issue.expected}`)
    case 'invalid_value':
      return says(`must be ${listed(issue.values.map(String))}`)
    case 'too_small':
      return says(`must ${issue.origin === 'array' || issue.origin === 'string' ? 'have' : 'be'} at least ${issue.minimum}${unit(issue)}`)
    case 'too_big':
      return says(`must ${issue.origin === 'array' || issue.origin === 'string' ? 'have' : 'be'} at most ${issue.maximum}${unit(issue)}`)
    default:
      return says(issue?.message ?? 'can not be read')
  }
}

const WANTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  object: 'a mapping',
  array: 'a list',
}

/** zod says "received undefined" only in its message. */
function isAbsent(issue: { readonly message: string }): boolean {
  return issue.message.endsWith('received undefined')
}

function unit({ origin }: { readonly origin: string }): string {
  return origin === 'array' ? ' items' : origin === 'string' ? ' characters' : ''
}

/** `providers[0].rate_card names …`; the whole file has no name of its own. */
function place(path: Path, what: string): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return `${text.replace(/^\./, '') || 'the file'} ${inOneLine(what).replace(/\.$/, '')}`
}

/** Where in the text a place is; where the innermost thing around it is, if the place itself is missing. */
function offsetOf(contents: ParsedNode | null, path: Path, key: string | null): number {
  let node: unknown = contents
  let offset = startOf(node) ?? 0
  for (const step of key === null ? path : [...path, key]) {
    if (!isCollection(node)) break
    const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === step) : undefined
    offset = startOf(pair?.key) ?? offset
    node = node.get(step, true)
    if (pair === undefined) offset = startOf(node) ?? offset
  }
  return offset
}

function startOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null
}

function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
