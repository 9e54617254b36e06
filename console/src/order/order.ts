/** Exactly what would be sent if the button were pressed now. */
export interface Order {
  readonly prompt: string
  readonly model: string
  readonly size: string
  readonly seconds: number
  readonly first_frame: FirstFrame | null
}

export interface FirstFrame {
  /** Names this picture at this size; two equal ids are the same bytes. */
  readonly id: string
  readonly data_url: string
}

/** One text per distinct order. Pictures go in by id: comparing megabytes at every keystroke would be felt. */
export function fingerprint(order: Order): string {
  return JSON.stringify([order.prompt, order.model, order.size, order.seconds, order.first_frame?.id ?? null])
}

/** The request body that both a quote and a create take. */
export function bodyOf(order: Order): Record<string, unknown> {
  const body: Record<string, unknown> = { prompt: order.prompt, model: order.model, size: order.size, seconds: String(order.seconds) }
  if (order.first_frame) body.input_reference = { image_url: order.first_frame.data_url }
  return body
}
