import { parse } from 'csv-parse/browser/esm/sync'
import { expect, test } from 'vitest'
import { BYTES_MAX, type Read, readFile, rowOfLine, rowsOfTable } from './file.ts'

const read = (text: string | Uint8Array<ArrayBuffer>): Promise<Read> => readFile(new Blob([text]), async () => parse)
const kindOf = async (text: string | Uint8Array<ArrayBuffer>) => {
  const answer = await read(text)
  return 'trouble' in answer ? answer.trouble : null
}
const rowsOf = async (text: string) => {
  const answer = await read(text)
  return 'rows' in answer ? answer.rows : []
}

test('a table becomes items: numbers where they belong, empty cells unsaid, metadata by its prefix', async () => {
  const text =
    'Custom ID,prompt,model,seconds,size,priority,delay_s,metadata.scene\r\na,"A boat, at dawn",sora-2,8,1280x720,2,1.5,3\r\nb,A lake,,,,,,\r\n'
  expect((await rowsOf(`\uFEFF${text}`)).map(({ line, item }) => [line, item])).toEqual([
    [
      2,
      {
        custom_id: 'a',
        priority: 2,
        delay_s: 1.5,
        body: { prompt: 'A boat, at dawn', model: 'sora-2', seconds: '8', size: '1280x720', metadata: { scene: '3' } },
      },
    ],
    [3, { custom_id: 'b', body: { prompt: 'A lake' } }],
  ])
})

test('lines are counted as an editor counts them: over breaks in quotes and empty lines; a row without an id is called by its place', async () => {
  const rows = await rowsOf('prompt;seconds\n"two\nlines";4\n\nA lake;8\nA hill;4\n')
  expect(rows.map(({ line, item }) => [line, item?.custom_id])).toEqual([
    [2, 'row-1'],
    [5, 'row-2'],
    [6, 'row-3'],
  ])
})

test('names with spaces between become a list, an address a first frame', async () => {
  const [row] = await rowsOf('prompt\tproviders\timage_url\nA boat\tfal runway\thttps://example.com/a.png\n')
  expect(row?.item?.body).toEqual({
    prompt: 'A boat',
    providers: ['fal', 'runway'],
    input_reference: { image_url: 'https://example.com/a.png' },
  })
})

test('a row with too many cells is kept apart', async () => {
  const rows = await rowsOf('custom_id,prompt\na,A boat, at dawn\nb,A lake\n')
  expect(rows[0]).toEqual({ line: 2, item: null, text: null })
  expect(rows[1]?.item?.body).toEqual({ prompt: 'A lake' })
})

test('lines of JSON are read in every shape, documents too, and one that cannot be read stays as it was written', async () => {
  const rows = await rowsOf(
    '{"custom_id":"a","method":"POST","url":"/v1/videos","body":{"prompt":"A boat"}}\r\n\r\n{"custom_id":"b","priority":3,"body":{"prompt":"A lake"}}\n{"custom_id":\n',
  )
  expect(rows).toEqual([
    { line: 1, item: { custom_id: 'a', body: { prompt: 'A boat' } }, text: null },
    { line: 3, item: { custom_id: 'b', priority: 3, body: { prompt: 'A lake' } }, text: null },
    { line: 4, item: null, text: '{"custom_id":' },
  ])
  expect((await rowsOf('[{"prompt":"A boat"},{"custom_id":"b","body":{"prompt":"A lake"}}]')).map(({ item }) => item)).toEqual([
    { custom_id: 'row-1', body: { prompt: 'A boat' } },
    { custom_id: 'b', body: { prompt: 'A lake' } },
  ])
  expect(rowOfLine('{"custom_id":"d","secnds":8,"body":{}}', 1).item).toBeNull()
  expect(rowOfLine('{"custom_id":"c","method":"POST","url":"/v1/chat/completions","body":{}}', 1).item).toBeNull()
})

test('a file that is of no use says why', async () => {
  expect(await kindOf('custom_id,promt,seconds\na,b,8\n')).toEqual({ kind: 'unknown_column', column: 'promt', nearest: 'prompt' })
  expect(await kindOf('custom_id,prompt,colour\na,b,c\n')).toEqual({ kind: 'unknown_column', column: 'colour', nearest: null })
  expect(await kindOf('prompt,prompt\na,b\n')).toEqual({ kind: 'column_twice', column: 'prompt' })
  expect(await kindOf('custom_id,seconds\na,8\n')).toEqual({ kind: 'column_missing', column: 'prompt' })
  expect(await kindOf('custom_id,prompt\n')).toEqual({ kind: 'empty' })
  expect(await kindOf(' \n')).toEqual({ kind: 'empty' })
  expect(await kindOf('custom_id,prompt\na,"never ends\n')).toMatchObject({ kind: 'quotes' })
  expect(await kindOf(new Uint8Array([0xff, 0xd8, 0xff, 0xe0]))).toEqual({ kind: 'not_text' })
  expect(await kindOf(new Uint8Array(BYTES_MAX + 1))).toEqual({ kind: 'too_large', bytes: BYTES_MAX + 1 })
  expect(await kindOf(`prompt\n${'x\n'.repeat(50_001)}`)).toEqual({ kind: 'too_many', rows: 50_001 })
  const folder = { size: 0, arrayBuffer: () => Promise.reject(new DOMException('a folder', 'NotFoundError')) }
  expect(await readFile(folder, async () => parse)).toEqual({ trouble: { kind: 'unreadable' } })
})

test('50,000 rows are read in a moment', () => {
  const answer = rowsOfTable(
    `custom_id,prompt\n${Array.from({ length: 50_000 }, (_, at) => `id-${at},"A boat, number ${at}"`).join('\n')}\n`,
    parse,
  )
  expect('rows' in answer && answer.rows.at(-1)).toMatchObject({ line: 50_001, item: { custom_id: 'id-49999' } })
})
