import { numberOr, type TableShape } from '@filmgate/client/batch-file'
import { invalid, jsonlRows, kindOf, readText, tableRows } from './written-file.ts'

const SHOT_COLUMNS = ['name', 'prompt', 'seconds', 'size', 'model', 'complexity']
const COUNT_COLUMNS = ['count', 'iterations', 'remixes', 'retry_percent', 'expected_retry_percent']
const DRAFT = 'draft_'
const DRAFT_COLUMNS = ['draft_iterations', 'draft_seconds', 'draft_size', 'draft_model']

const STORYBOARD_TABLE: TableShape = { columns: SHOT_COLUMNS, free: null, needed: 'prompt' }
const PROJECT_TABLE: TableShape = {
  columns: [...SHOT_COLUMNS, ...COUNT_COLUMNS, ...DRAFT_COLUMNS, 'extensions'],
  free: null,
  needed: 'seconds',
}

type Request = Readonly<Record<string, unknown>>

/** A project as the estimate takes it. @throws Failure */
export function readProject(path: string, cwd: string): Request {
  return readShots(path, cwd, PROJECT_TABLE, projectShot)
}

/** A storyboard as it is made. @throws Failure */
export function readStoryboard(path: string, cwd: string): Request {
  return readShots(path, cwd, STORYBOARD_TABLE, Object.fromEntries)
}

/** A whole request as JSON, or only its shots as a list, as lines, or as a table. */
function readShots(path: string, cwd: string, shape: TableShape, shotOf: (cells: ReadonlyMap<string, string>) => unknown): Request {
  const text = readText(path, cwd)
  const kind = kindOf(path, text)
  const request =
    kind === 'csv'
      ? { shots: tableRows(text, path, shape).map(({ cells }) => shotOf(cells)) }
      : kind === 'jsonl'
        ? { shots: jsonlRows(text, path).map(({ value }) => value) }
        : documentOf(text, path)
  if (Array.isArray(request.shots) && request.shots.length === 0) throw invalid(`There is no shot in ${path}.`, [])
  return request
}

function documentOf(text: string, path: string): Request {
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

function projectShot(cells: ReadonlyMap<string, string>): Request {
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
