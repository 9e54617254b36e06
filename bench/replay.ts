// Claims, over recorded orders (a seed makes the same ones again) on the routes that the catalogue knows: `cheapest` is never beaten on price, whoever
// alone had taken the order; `fastest` never on expected time. Prices are those of the shipped cards, where there is one (routing/market.ts); how long
// routes take is made up (replay/times.ts), and learned from by the gateway's own code. Then the cheapest provider goes away amidst real orders over
// HTTP, and no customer misses a clip (server/src/videos/outage.test.ts).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { usdText } from '../server/src/domain/price.ts'
import { ratio } from '../server/src/domain/rational.ts'
import type { PricedCandidate } from '../server/src/domain/routing.ts'
import { Chance } from '../test/sim/random.ts'
import { orderBy } from './replay/orders.ts'
import { isCheaper, isFaster, type PolicyName, type Taken, take } from './replay/policies.ts'
import { learned, type Pace, pacesOf, timeOf } from './replay/times.ts'
import { market } from './routing/market.ts'
import type { Measure } from './run.ts'

const POLICIES: readonly PolicyName[] = ['cheapest', 'fastest', 'best_value']

/** `npm run bench -- replay [orders] [orders amidst which a provider goes away; 0: none] [seed]` */
export const measure: Measure = async ([orders = '10000', outage_orders = '1000', seed = '42']) => {
  const chance = new Chance(Number(seed))
  const routes = market(1)
  const paces = pacesOf(routes, chance)
  const expected = learned(routes, paces, chance)
  const recorded = Array.from({ length: Number(orders) }, () => orderBy(chance))
  const taken = recorded.flatMap((order) => take(order, routes, expected) ?? [])
  const providers = [...new Set(taken.flatMap(({ alone }) => [...alone.keys()]))]
  console.log(
    `${recorded.length} orders of seed ${seed}, ${routes.length} routes of ${providers.length} providers; ${taken.length} can be taken by somebody`,
  )

  const rows = POLICIES.map((policy) =>
    summary(
      taken.map(({ by }) => by[policy]),
      paces,
      new Chance(Number(seed)),
    ),
  )
  console.log('\npolicy        customers pay      we pay   expected p50   p90   took p50   p90   made by')
  for (const [at, row] of rows.entries()) console.log(`${(POLICIES[at] ?? '').padEnd(12)}${rowText(row)}   ${sharesText(row)}`)

  const singles = providers.map((provider) => alone(provider, taken)).toSorted((a, b) => b.orders - a.orders || a.saved - b.saved)
  console.log('\none provider alone, and the policies over the very orders that it can take:')
  console.log('provider          orders   customers pay   cheapest   expected s, sum   fastest   beats cheapest   beats fastest')
  for (const one of singles) console.log(singleText(one))
  const beaten = (of: 'cheaper' | 'faster') => singles.reduce((sum, one) => sum + one[of], 0)
  const [best] = singles
  if (best === undefined) throw new Error('nobody takes any order')
  console.log(
    `\nthe best single one, ${best.provider}, takes ${best.orders} of them: at ${(best.pays / best.cheapest).toFixed(2)} times the price of cheapest, in ${(best.waits / best.fastest).toFixed(2)} times the time of fastest`,
  )
  const claims = [
    { claim: 'replay_cheapest', value: best.pays / best.cheapest, goal: 1 },
    { claim: 'replay_fastest', value: best.waits / best.fastest, goal: 1 },
    // Shares of all comparisons, each order against each provider that could have had it.
    { claim: 'replay_price_unbeaten', value: share(beaten('cheaper'), singles), goal: 1 },
    { claim: 'replay_time_unbeaten', value: share(beaten('faster'), singles), goal: 1 },
  ]
  if (Number(outage_orders) > 0) claims.push({ claim: 'replay_outage', value: outage(outage_orders) ? 1 : 0, goal: 1 })
  return claims
}

interface Row {
  readonly credits: bigint
  readonly cost_micro: bigint
  /** Medians over the orders of what is expected: by when half of such orders have come, and nine in ten. */
  readonly expected: readonly [number, number]
  readonly took: readonly [number, number]
  readonly shares: ReadonlyMap<string, number>
}

function summary(chosen: readonly PricedCandidate[], paces: ReadonlyMap<string, Pace>, chance: Chance): Row {
  const took = chosen.map(({ route, mapping }) => timeOf(route, mapping, paces.get(route.name), chance))
  const providers = Map.groupBy(chosen, ({ route }) => route.provider)
  return {
    credits: chosen.reduce((sum, { priced }) => sum + priced.credits, 0n),
    cost_micro: chosen.reduce((sum, { cost_micro }) => sum + cost_micro, 0n),
    expected: [
      quantile(
        chosen.map(({ eta }) => eta.low_s),
        0.5,
      ),
      quantile(
        chosen.map(({ eta }) => eta.high_s),
        0.5,
      ),
    ],
    took: [quantile(took, 0.5), quantile(took, 0.9)],
    shares: new Map([...providers].map(([provider, own]) => [provider, own.length / chosen.length])),
  }
}

interface Single {
  readonly provider: string
  readonly orders: number
  /** Credits: there, and under `cheapest`. */
  readonly pays: number
  readonly cheapest: number
  /** Expected seconds: there, and under `fastest`. */
  readonly waits: number
  readonly fastest: number
  readonly saved: number
  /** Orders for which it would have been better. */
  readonly cheaper: number
  readonly faster: number
}

function alone(provider: string, taken: readonly Taken[]): Single {
  const own = taken.flatMap(({ by, alone: singles }) => {
    const single = singles.get(provider)
    return single === undefined ? [] : [{ single, by }]
  })
  const sum = (of: (one: (typeof own)[number]) => number) => own.reduce((all, one) => all + of(one), 0)
  const pays = sum(({ single }) => Number(single.cheapest.priced.credits))
  const cheapest = sum(({ by }) => Number(by.cheapest.priced.credits))
  return {
    provider,
    orders: own.length,
    pays,
    cheapest,
    waits: sum(({ single }) => single.fastest.eta.high_s),
    fastest: sum(({ by }) => by.fastest.eta.high_s),
    saved: pays - cheapest,
    cheaper: own.filter(({ single, by }) => isCheaper(single.cheapest, by.cheapest)).length,
    faster: own.filter(({ single, by }) => isFaster(single.fastest, by.fastest)).length,
  }
}

function share(beaten: number, singles: readonly Single[]): number {
  const compared = singles.reduce((sum, { orders }) => sum + orders, 0)
  return (compared - beaten) / compared
}

/** Whether all of what the test promises held. */
function outage(orders: string): boolean {
  const root = join(import.meta.dirname, '..')
  console.log(`\n${orders} orders over HTTP, the cheapest of three providers away for the middle third of them:`)
  const done = spawnSync(join(root, 'node_modules/.bin/vitest'), ['run', '--project', 'modules', 'server/src/videos/outage.test.ts'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, FILMGATE_OUTAGE_ORDERS: orders },
  })
  return done.status === 0
}

function rowText({ credits, cost_micro, expected, took }: Row): string {
  const money = `${String(credits).padStart(9)} credits${`$${usdText(ratio(cost_micro, 1_000_000n))}`.padStart(13)}`
  const times = [
    expected[0].toFixed(0).padStart(12),
    expected[1].toFixed(0).padStart(6),
    took[0].toFixed(0).padStart(9),
    took[1].toFixed(0).padStart(6),
  ]
  return `${money}${times.join('')}`
}

function sharesText({ shares }: Row): string {
  const all = [...shares].toSorted(([, a], [, b]) => b - a)
  return all.map(([provider, part]) => `${provider} ${(100 * part).toFixed(1)} %`).join(', ')
}

function singleText({ provider, orders, pays, cheapest, waits, fastest, cheaper, faster }: Single): string {
  const cells = [orders, pays, cheapest, waits, fastest, cheaper, faster].map(String)
  const widths = [8, 16, 11, 18, 10, 17, 16]
  return `${provider.padEnd(16)}${cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('')}`
}

function quantile(values: readonly number[], at: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * at)] ?? Number.NaN
}
