import { createHash } from 'node:crypto'

/**
 * Reading a queue costs what its not-yet-due jobs cost: one poll queue reaches 6,000 polls a second with 100,000 waiting, eight reach 9,000
 * (docs/decisions/0002-jobs.md). Part of the stored data: changing it needs a sweep of what waits.
 */
const POLL_QUEUES = 8

export type QueueName = 'submit' | 'fetch' | 'webhook' | 'wake' | 'batch' | `poll-${number}`

export const QUEUES: readonly QueueName[] = [
  'submit',
  'fetch',
  'webhook',
  'wake',
  'batch',
  ...Array.from({ length: POLL_QUEUES }, (_, i): QueueName => `poll-${i}`),
]

/** The poll queue of a video: always the same one. */
export function pollQueue(video: string): QueueName {
  return `poll-${createHash('sha1').update(video).digest().readUInt32BE(0) % POLL_QUEUES}`
}
