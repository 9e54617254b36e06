import { z } from 'zod'
import { BATCH_CHECKS } from '../../batches/audit.ts'
import { unixSeconds } from '../../domain/time.ts'
import { VIDEO_CHECKS } from '../../videos/ended-audit.ts'
import { truth } from '../fields.ts'
import { route } from '../route.ts'

export const ledgerAudit = route({
  method: 'GET',
  path: '/v1/ledger/audit',
  operation_id: 'auditLedger',
  summary: 'Checks the ledger against its own invariants, and videos and batches against the ledger, from one consistent snapshot.',
  tag: 'Money',
  caller: 'operator',
  query: z.object({
    full: truth
      .default(false)
      .meta({ type: 'boolean', description: 'Recompute everything, not only what moved since the last clean audit.' }),
  }),
  response: z
    .object({ ok: z.boolean(), through: z.int(), checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })) })
    .meta({ id: 'Audit' }),
  async handler({ services, query }) {
    const { ok, through, checks } = await services.ledger.audit({ full: query.full, further: [...VIDEO_CHECKS, ...BATCH_CHECKS] })
    return { ok, through: unixSeconds(through), checks: checks.map(({ name, ok, detail }) => ({ name, ok, detail })) }
  },
})
