import { Refusal } from '../answer.ts'

export function at(json: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (rest, step) => (typeof rest === 'object' && rest !== null ? Reflect.get(rest, String(step)) : undefined),
    json,
  )
}

export function textAt(json: unknown, ...path: readonly (string | number)[]): string | null {
  const value = at(json, ...path)
  return typeof value === 'string' ? value : null
}

/** One of what the documents list, or a refusal that names the field. */
export function oneOf<T>(value: unknown, allowed: readonly T[], field: string): T {
  const found = allowed.find((one) => one === value)
  if (found === undefined) throw new Refusal(400, 'invalid_value', `Invalid value at '${field}': ${JSON.stringify(value)}.`)
  return found
}

/** `1280x720` of a resolution and a ratio. */
export function sizeOf(resolution: string, ratio: string): string {
  const long_sides: Readonly<Record<string, readonly [number, number]>> = {
    '360p': [640, 360],
    '720p': [1280, 720],
    '1080p': [1920, 1080],
    '4k': [3840, 2160],
  }
  const [long, short] = long_sides[resolution] ?? [0, 0]
  return ratio === '9:16' ? `${short}x${long}` : `${long}x${short}`
}
