// The same program, whoever makes the clip: examples/first-clip.ts, with the official SDK, against an imitation of every provider that the gateway can
// speak to, one after the other. Nothing changes but the route that it names.
//   npm run eight-providers      exit 1 if a clip does not come
import { startEverywhere } from '../test/e2e/everywhere.ts'

const everywhere = await startEverywhere()
let missing = 0
try {
  console.log(`sora-2, 4 s, 1280x720; customers pay what the provider takes and a quarter. Times are of imitations on this machine.\n`)
  console.log(`${'ROUTE='.padEnd(12)}${'made by'.padEnd(40)}${'quoted'.padStart(7)}${'charged'.padStart(9)}${'time'.padStart(8)}  result`)
  for (const provider of everywhere.providers) {
    const one = await everywhere.bring(provider)
    if ('said' in one) {
      missing += 1
      console.log(`${provider.padEnd(12)}no clip:\n${one.said}`)
      continue
    }
    const { route, credits, took_ms, bytes, mapping } = one
    const price = `${String(credits.quoted).padStart(7)}${String(credits.charged).padStart(9)}`
    const time = `${(took_ms / 1000).toFixed(1)} s`.padStart(8)
    console.log(`${provider.padEnd(12)}${route.padEnd(40)}${price}${time}  ${Math.round(bytes / 1000)} kB  ${mapping}`.trimEnd())
  }
} finally {
  await everywhere.stop()
}
process.exit(missing === 0 ? 0 : 1)
