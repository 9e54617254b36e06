/** Milliseconds since 1970-01-01T00:00:00Z, an integer. The API speaks whole seconds; everything inside speaks these. */
export type Instant = number

/** Where `now` comes from. Passed in everywhere, so that a test can hold or move it. */
export type Clock = () => Instant

/** The API's form of an instant: whole Unix seconds, rounded down. */
export function unixSeconds(at: Instant): number {
  return Math.floor(at / 1000)
}
