/** The slowest way out that an order is given the time for: 4 Mbit/s. */
const BYTES_PER_S = 512 * 1024
/** However much is uploaded: a worker waits for no answer longer than this beyond the request timeout. */
const UPLOAD_MS_MAX = 600_000
/** What http/ lets through. The size of a picture is not kept with its order. */
const PICTURE_BYTES_MAX = 25 * 1024 ** 2

/** Bytes that sending an order takes at most. Whether a clip goes by its provider's own id is the provider's to know: it is counted. */
export function uploadBytes(order: { readonly clip_bytes: number | null; readonly has_picture: boolean }): number {
  return (order.clip_bytes ?? 0) + (order.has_picture ? PICTURE_BYTES_MAX : 0)
}

/**
 * How long a provider's answer may take to a request that brings so many bytes, milliseconds. The sender gives up after it, and whoever asks
 * whether the order arrived counts with the same: both from the order as it is stored.
 */
export function answerTimeout(request_timeout_ms: number, upload_bytes: number): number {
  return request_timeout_ms + Math.min(UPLOAD_MS_MAX, Math.ceil((upload_bytes / BYTES_PER_S) * 1000))
}
