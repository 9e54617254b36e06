// Makes dist/: the client as a package for those who have no TypeScript loader, ready for `npm pack ./dist`. Run by `npm run build -w @filmgate/client`.
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
const dist = join(here, 'dist')
rmSync(dist, { recursive: true, force: true })
execFileSync(join(here, '../node_modules/.bin/tsc'), ['-p', join(here, 'tsconfig.build.json')], { stdio: 'inherit' })
const { name, version, type, license, sideEffects, engines, dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
const built = (name: string) => ({ types: `./${name}.d.ts`, default: `./${name}.js` })
const exports = { '.': built('index'), './batch-file': built('batch-file'), './nearest': built('nearest') }
const shipped = { name, version, type, license, sideEffects, engines, exports, dependencies }
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(shipped, null, 2)}\n`)
copyFileSync(join(here, 'README.md'), join(dist, 'README.md'))
copyFileSync(join(here, '../LICENSE'), join(dist, 'LICENSE'))
