/** What a customer can be told of. The first two are the wire format's own. */
export const EVENT_TYPES = ['video.completed', 'video.failed', 'video.progress'] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** The message that says that something happened. Written once: every try sends these bytes. */
export interface Event {
  /** `evt_…`, the same on every try and replay: receivers tell repeats by it. */
  readonly id: string
  readonly type: EventType
  readonly body: string
}

/** @param data what receivers are told: the id of what it happened to, by which they read the rest. */
export function newEvent(id: string, type: EventType, at_s: number, data: { readonly id: string; readonly progress?: number }): Event {
  return { id, type, body: JSON.stringify({ id, object: 'event', created_at: at_s, type, data }) }
}
