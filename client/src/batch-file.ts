// What @filmgate/client/batch-file offers: files of orders as people write them, read alike by the command line and the console.
export { BATCH_TABLE, type BatchItem, cellValue, itemOf, itemOfCells, nameAt, type ReadItem } from './batch-row.ts'
export { numberOr, type ParseCsv, type ReadTable, readTable, type TableRow, type TableShape, type TableTrouble } from './table.ts'
