// What the forms of comparisons, advice and estimates take, as the gateway does.

export const SIZES: readonly string[] = ['480p', '720p', '1024p', '1080p']
export const SECONDS_MAX = 3_600
export const CLIPS_MAX = 1_000_000
