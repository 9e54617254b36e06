/** One record of a table, with the line it begins on. */
export interface CsvRecord {
  readonly line: number
  readonly cells: readonly string[]
}

export type CsvResult =
  | { readonly outcome: 'records'; readonly records: readonly CsvRecord[] }
  | { readonly outcome: 'wrong'; readonly line: number; readonly why: string }

/** Reads RFC 4180, with the separator that the first line uses: spreadsheets write `;` and tabs too. Empty lines are no records. */
export function readCsv(text: string): CsvResult {
  const separator = separatorOf(text)
  const records: CsvRecord[] = []
  let cells: string[] = []
  let cell = ''
  let [line, begun] = [1, 1]
  let state: 'start' | 'plain' | 'quoted' | 'closed' = 'start'
  const endCell = () => {
    cells.push(cell)
    cell = ''
    state = 'start'
  }
  const endRecord = () => {
    endCell()
    if (cells.length > 1 || cells[0] !== '') records.push({ line: begun, cells })
    cells = []
    begun = line
  }
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (state === 'quoted') {
      if (character === '\n') line += 1
      if (character !== '"') cell += character
      else if (text[at + 1] === '"') {
        cell += '"'
        at += 1
      } else state = 'closed'
    } else if (character === separator) endCell()
    else if (character === '\n' || character === '\r') {
      if (character === '\r' && text[at + 1] === '\n') at += 1
      line += 1
      endRecord()
    } else if (state === 'closed')
      return { outcome: 'wrong', line, why: 'after a closing quote there is more text; a quote inside a cell is written twice' }
    else if (character === '"' && state === 'start') state = 'quoted'
    else {
      cell += character
      state = 'plain'
    }
  }
  if (state === 'quoted') return { outcome: 'wrong', line: begun, why: 'a quote is opened and never closed' }
  if (cell !== '' || cells.length > 0) endRecord()
  return { outcome: 'records', records }
}

function separatorOf(text: string): string {
  const first = text.slice(0, text.search(/[\r\n]|$/))
  return [',', ';', '\t'].reduce((best, one) => (first.split(one).length > first.split(best).length ? one : best))
}
