import { createHmac, randomBytes } from 'node:crypto'

/** Of the scheme of Standard Webhooks. */
export function newSecret(): string {
  return `whsec_${randomBytes(24).toString('base64')}`
}

/** The headers over one body. */
export function signed(secret: string, about: string, body: string, at: number): Readonly<Record<string, string>> {
  const [id, seconds] = [`msg_${about}`, String(Math.floor(at / 1000))]
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const mac = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${mac}` }
}
