#!/usr/bin/env node
// The door of the program, in plain JavaScript: any Node can read it far enough to say what is missing.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 10)) {
  console.error(`filmgate needs Node 20.10 or newer and this is ${process.version}.`)
  process.exit(78)
}
const { buildProgram } = await import('./build.mjs')
await buildProgram()
const module = await import('node:module')
// Compiled code is kept between runs where Node can: a third of our own start.
module.enableCompileCache?.()
const { main } = await import('../dist/main.mjs')
await main()
