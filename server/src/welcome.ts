import { providerOf } from './domain/accounts.ts'
import type { Settings } from './domain/settings.ts'
import type { SetUp } from './setup.ts'

/** What a start prints: where it is, which keys there are, and what to do next. */
export function welcome(start: {
  readonly address: string
  readonly set_up: Extract<SetUp, { outcome: 'ready' }>
  readonly settings: Pick<Settings, 'accounts' | 'routes'>
  readonly data_folder: string
  readonly database: string
  readonly started_ms: number
  readonly role: 'all' | 'api' | 'worker'
}): string {
  const { address, set_up, data_folder } = start
  const lines = [
    '',
    `Filmgate is ready at ${address}  (${(start.started_ms / 1000).toFixed(1)} s, ${start.database}, data in ${data_folder})`,
    '',
    ...whoMakes(start.settings),
    '',
  ]
  if (start.role === 'worker')
    return `${lines.join('\n')}\n  A worker: it answers /healthz, /readyz and /metrics. Orders go to a process whose FILMGATE_ROLE is api or all.\n\n`
  if (set_up.demo_key !== null) lines.push(`  Console       ${address}/#key=${set_up.demo_key}`)
  if (set_up.operator_key !== null) {
    const shown = set_up.first ? `${set_up.operator_key}  (kept in ${data_folder}/operator.key)` : `kept in ${data_folder}/operator.key`
    lines.push(`  Operator key  ${shown}`)
  }
  if (set_up.demo_key !== null) {
    lines.push(
      `  Customer key  ${set_up.demo_key}`,
      '',
      'First clip, with curl:',
      `  curl -sS ${address}/v1/videos -H "Authorization: Bearer ${set_up.demo_key}" -F prompt="A lighthouse on a cliff at dusk, slow push-in" -F seconds=4 -F size=1280x720`,
      '',
      'The same from start to finished file, with the official SDK:',
      `  OPENAI_BASE_URL=${address}/v1 OPENAI_API_KEY=${set_up.demo_key} npm run first-clip`,
    )
  }
  return `${lines.join('\n')}\n\n`
}

/** Names and models only: where a provider is and with which key is nobody's to read over a shoulder. */
function whoMakes({ accounts, routes }: Pick<Settings, 'accounts' | 'routes'>): readonly string[] {
  if (accounts.length === 0) {
    return [
      'Demo: no provider is configured, so the built-in animatic draws storyboard clips in place of sora-2 and sora-2-pro, at their prices.',
    ]
  }
  const lines = accounts.map(({ name, adapter, profile }) => {
    const provider = providerOf(name)
    const how = profile === null ? adapter : `${adapter}, ${profile}`
    if (provider !== name) return `  ${name} (${how}): a further key of ${provider}`
    const served = routes.filter((route) => route.provider === name && route.availability?.state !== 'ended')
    const models = [...new Set(served.map(({ model }) => model))].map((model) =>
      served.some((route) => route.model === model && route.provider_rate_card !== null) ? model : `${model} (no price)`,
    )
    return `  ${name} (${how}): ${models.join(', ') || 'no models'}`
  })
  return ['Providers, which take money for what they make:', ...lines, '  animatic (built in, free): animatic']
}
