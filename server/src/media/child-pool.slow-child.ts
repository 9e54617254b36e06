// As on a machine that is busy with other things. Started by child-pool.test.ts only.
const until_ms = performance.now() + 1_000
while (performance.now() < until_ms) Math.sqrt(Math.random())
await import('./child-pool.test-child.ts')
