// Bundles the program: a fresh clone needs no build command of its own.
import { existsSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))

export async function buildProgram() {
  const dist = `${root}dist`
  const unfinished = `${dist}.${process.pid}`
  const bundle = await rolldown({ input: { main: `${root}src/main.ts` }, platform: 'node', logLevel: 'silent' })
  await bundle.write({
    dir: unfinished,
    format: 'cjs',
    minify: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    // What every start needs is one file: to open a dozen small ones takes longer than to read it.
    codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: 'core', tags: ['$initial'] }] },
  })
  await bundle.close()
  put(unfinished, dist)
}

/** Whole or not at all: another run may start at this moment. */
function put(unfinished, dist) {
  const old = `${unfinished}.old`
  try {
    if (existsSync(dist)) renameSync(dist, old)
    renameSync(unfinished, dist)
  } catch {
    rmSync(unfinished, { recursive: true, force: true }) // another run was first, with the same sources
  }
  rmSync(old, { recursive: true, force: true })
}
