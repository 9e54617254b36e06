#!/usr/bin/env node
// The door of the program, in plain JavaScript: any Node can read it far enough to say what is missing.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 10)) {
  console.error(`filmgate needs Node 20.10 or newer and this is ${process.version}.`)
  process.exit(78)
}
// Everything up to the command is CommonJS: an `import` of `node:fs` alone costs a fifth of Node's own start, a `require` nothing.
const { createRequire, enableCompileCache } = process.getBuiltinModule?.('module') ?? (await import('node:module'))
enableCompileCache?.()
const require = createRequire(import.meta.url)
if (require('./stale.cjs').isStale()) {
  const { buildProgram } = await import('./build.mjs')
  await buildProgram()
}
await require('../dist/main.cjs').main()
