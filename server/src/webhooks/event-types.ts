/** What a customer can be told of. The first two are the wire format's own. */
export const EVENT_TYPES = ['video.completed', 'video.failed', 'video.progress', 'credits.low', 'grant.expiring'] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** The message that says that something happened. Written once: every try sends these bytes. */
export interface Event {
  /** `evt_…`, the same on every try and replay: receivers tell repeats by it. */
  readonly id: string
  readonly type: EventType
  readonly body: string
}

/** The id of what it happened to, by which receivers read the rest, and what they could not read later: how it was at that moment. */
export type EventData = { readonly id: string } & Readonly<Record<string, string | number>>

export function newEvent(id: string, type: EventType, at_s: number, data: EventData): Event {
  return { id, type, body: JSON.stringify({ id, object: 'event', created_at: at_s, type, data }) }
}

/** What a made-up event of each type says. */
export const MADE_UP: Readonly<Record<EventType, EventData>> = {
  'video.completed': { id: 'video_test' },
  'video.failed': { id: 'video_test' },
  'video.progress': { id: 'video_test', progress: 50 },
  'credits.low': { id: 'cus_test', available: 9, threshold: 10 },
  'grant.expiring': { id: 'grant_test', kind: 'pack', remaining: 10, expires_at: 4_102_444_800 },
}
