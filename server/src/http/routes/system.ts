import { z } from 'zod'
import { problem } from '../../domain/problems.ts'
import { route } from '../route.ts'

const status = z.object({ status: z.literal('ok') })
const about = { method: 'GET', tag: 'Operation', caller: 'public' } as const

export const healthz = route({
  ...about,
  path: '/healthz',
  operation_id: 'healthz',
  summary: 'The process lives.',
  response: status,
  handler: () => ({ status: 'ok' as const }),
})

export const readyz = route({
  ...about,
  path: '/readyz',
  operation_id: 'readyz',
  summary: 'The process can serve.',
  problems: ['starting'],
  response: status,
  async handler({ services }) {
    const readiness = await services.ready()
    if (readiness.ready) return { status: 'ok' as const }
    throw problem('starting', readiness.reason, { retry_after_s: 1 })
  },
})

export const metrics = route({
  ...about,
  path: '/metrics',
  operation_id: 'metrics',
  summary: 'Counters and histograms as Prometheus text.',
  response: null,
  media: { 'text/plain': 'Prometheus text format 0.0.4.' },
  async handler({ services, reply, http_metrics }) {
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(http_metrics() + (await services.metrics()))
  },
})
