import { invalid, jsonlRows, kindOf, readTable, readText } from './batch-file.ts'

const COLUMNS = ['name', 'prompt', 'seconds', 'size', 'model', 'complexity']

/** A storyboard as it is made: a whole request as JSON, or only its shots as a list, as lines, or as a table. @throws Failure */
export function readStoryboard(path: string, cwd: string): Readonly<Record<string, unknown>> {
  const text = readText(path, cwd)
  const whole = wholeOf(path, text)
  if (Array.isArray(whole.shots) && whole.shots.length === 0) throw invalid(`There is no shot in ${path}.`, [])
  return whole
}

function wholeOf(path: string, text: string): Readonly<Record<string, unknown>> {
  const kind = kindOf(path, text)
  if (kind === 'csv') {
    return {
      shots: readTable(text, path, { columns: COLUMNS, free: null, needed: 'prompt' }).map(({ cells }) => Object.fromEntries(cells)),
    }
  }
  if (kind === 'jsonl') return { shots: jsonlRows(text, path).map(({ value }) => value) }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`, [])
  }
  if (Array.isArray(value)) return { shots: value }
  if (typeof value !== 'object' || value === null || !('shots' in value))
    throw invalid(`${path} has no shots: it takes {"shots": [...]} or a list of shots.`, [])
  return { ...value }
}
