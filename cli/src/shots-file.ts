import { invalid, jsonlRows, kindOf, numberOr, readTable, readText } from './batch-file.ts'

const SHOT_COLUMNS = ['name', 'prompt', 'seconds', 'size', 'model', 'complexity']
const COUNT_COLUMNS = ['count', 'iterations', 'remixes', 'retry_percent', 'expected_retry_percent']
const DRAFT = 'draft_'
const DRAFT_COLUMNS = ['draft_iterations', 'draft_seconds', 'draft_size', 'draft_model']
const COLUMNS = [...SHOT_COLUMNS, ...COUNT_COLUMNS, ...DRAFT_COLUMNS, 'extensions']

/** A project as the estimate takes it: a whole request as JSON, or only its shots as a list, as lines, or as a table. @throws Failure */
export function readProject(path: string, cwd: string): Readonly<Record<string, unknown>> {
  const text = readText(path, cwd)
  const kind = kindOf(path, text)
  if (kind === 'csv')
    return {
      shots: someShots(
        readTable(text, path, { columns: COLUMNS, free: null, needed: 'seconds' }).map(({ cells }) => shotOf(cells)),
        path,
      ),
    }
  if (kind === 'jsonl')
    return {
      shots: someShots(
        jsonlRows(text, path).map(({ value }) => value),
        path,
      ),
    }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`, [])
  }
  if (Array.isArray(value)) return { shots: someShots(value, path) }
  if (typeof value !== 'object' || value === null || !('shots' in value))
    throw invalid(`${path} has no shots: it takes {"shots": [...]} or a list of shots.`, [])
  return { ...value }
}

function someShots<T>(shots: readonly T[], path: string): readonly T[] {
  if (shots.length === 0) throw invalid(`There is no shot in ${path}.`, [])
  return shots
}

function shotOf(cells: ReadonlyMap<string, string>): Record<string, unknown> {
  const shot: Record<string, unknown> = {}
  const draft: Record<string, unknown> = {}
  for (const [name, cell] of cells) {
    if (name === 'extensions') shot.extensions = cell.split(/[\s+]+/)
    else if (COUNT_COLUMNS.includes(name)) shot[name] = numberOr(cell)
    else if (name === 'draft_iterations') draft.iterations = numberOr(cell)
    else if (name.startsWith(DRAFT)) draft[name.slice(DRAFT.length)] = cell
    else shot[name] = cell
  }
  return { ...shot, ...(Object.keys(draft).length > 0 && { draft }) }
}
