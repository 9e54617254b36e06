// Says which price lists and facts of the catalogue somebody should read again: npm run stale -- [days, 90 unless told] [path of a configuration file]
import { parseArgs } from 'node:util'
import { readConfigFile } from '../server/src/config-file.ts'
import { CATALOGUE } from '../server/src/domain/catalogue.ts'
import { BUILT_IN } from '../server/src/domain/settings.ts'
import { endedModels, staleNow } from '../server/src/domain/staleness.ts'

const { positionals } = parseArgs({ allowPositionals: true })
const [days = '90', path] = positionals
if (!/^\d{1,5}$/.test(days)) throw new Error(`${JSON.stringify(days)} is no number of days`)
const read = path === undefined ? null : await readConfigFile(path, process.env)
if (read !== null && read.outcome === 'wrong') {
  console.error(read.sentence)
  process.exit(78)
}
const { cards } = read?.settings ?? BUILT_IN
const stale = staleNow(cards, CATALOGUE, new Date().toISOString().slice(0, 10), Number(days))
for (const { what, days: old, why } of stale) console.log(`${String(old).padStart(5)} days  ${what}: ${why}`)
for (const { what, on, replacement } of endedModels(CATALOGUE))
  console.log(`ended ${on}  ${what}${replacement === null ? '' : `, nearest: ${replacement}`}`)
console.log(stale.length === 0 ? `Nothing was read more than ${days} days ago.` : `${stale.length} to be read again.`)
process.exit(stale.length === 0 ? 0 : 1)
