// The door of the program, in plain JavaScript: any Node can read it far enough to say what is missing.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Filmgate needs Node 22.18 or newer and this is ${process.version}: run it with "npm start", which brings its own, or install a newer Node.`,
  )
  process.exit(78)
}
const { allocateYoung } = await import('../src/allocate-young.ts')
allocateYoung()
const { keepCompiled } = await import('./keep-compiled.mjs')
keepCompiled()
const { buildConsole } = await import('./build-console.mjs')
await buildConsole()
const { main } = await import('../src/main.ts')
await main()
