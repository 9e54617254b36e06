import type { Size } from '../domain/order.ts'
import type { Parts } from '../videos/parts.ts'

/** A first frame as an item of a batch names it: files have to be sent with an order of their own. */
export interface NamedReference {
  readonly image_url?: string | undefined
  readonly file_id?: string | undefined
}

/** What batches work with. */
export interface BatchParts extends Parts {
  /** Brings the first frame of an item when its turn comes. @throws Problem */
  readonly bringReference: (given: NamedReference, size: Size) => Promise<Uint8Array>
}
