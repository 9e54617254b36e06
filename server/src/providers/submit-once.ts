import type { SendWindow } from '../domain/send-window.ts'
import { uploadBytes } from '../domain/upload.ts'
import type { Answer, Exchange, Request } from './exchange.ts'
import type { ProviderOrder, Submitted } from './provider.ts'

/** An order in a vendor's words. */
export interface Written {
  readonly outcome: 'written'
  readonly path: string
  readonly request: Request
  /** Lets go of what was opened for it, sent or not. */
  readonly discard?: () => Promise<void>
}

/** A vendor has no words for such an order: it is refused without asking anybody. */
export interface Unsayable {
  readonly outcome: 'unsayable'
  readonly message: string
}

export function unsayable(message: string): Unsayable {
  return { outcome: 'unsayable', message }
}

/**
 * Writes an order, asks its window directly before the first byte, and sends it once. Whatever is not answered is unknown, unless this very process saw
 * that nothing was sent.
 * @param write may take its time: pictures are read. What it throws is our trouble
 */
export async function submitOnce<Wording extends Written>(
  exchange: Exchange,
  order: ProviderOrder,
  window: SendWindow,
  write: () => Promise<Wording | Unsayable>,
  read: (answer: Answer, written: Wording) => Submitted,
): Promise<Submitted> {
  let written: Wording | Unsayable
  try {
    written = await write()
  } catch (error) {
    return { outcome: 'undelivered', message: `the order could not be written: ${String(error)}`, ours: true }
  }
  if (written.outcome === 'unsayable') return { outcome: 'rejected', reason: 'provider_rejected', message: written.message }
  try {
    if (!window.open()) return { outcome: 'undelivered', message: 'the send window had closed before the order was sent', ours: true }
    // Just as whoever waits for this answer counts it, and whoever asks later whether it arrived.
    const upload_bytes = uploadBytes({ clip_bytes: order.source?.bytes ?? null, has_picture: order.reference !== null })
    const exchanged = await exchange.ask(written.path, { ...written.request, upload_bytes })
    if (exchanged.outcome === 'answered') return read(exchanged.answer, written)
    return exchanged.outcome === 'lost' ? { outcome: 'unknown', message: exchanged.message } : exchanged
  } finally {
    await written.discard?.()
  }
}
