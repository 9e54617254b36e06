import type { Random } from '../random.ts'

/** Smooth noise in [0, 1) along a line; repeats after 512 units. */
export function noise1(random: Random): (x: number) => number {
  const values = Float32Array.from({ length: 512 }, random)
  return (x) => {
    const cell = Math.floor(x)
    const t = smooth(x - cell)
    const a = values[cell & 511] as number
    const b = values[(cell + 1) & 511] as number
    return a + (b - a) * t
  }
}

/** Smooth noise in [0, 1) over a plane; repeats after 64 units. */
export function noise2(random: Random): (x: number, y: number) => number {
  const values = Float32Array.from({ length: 64 * 64 }, random)
  const at = (x: number, y: number): number => values[(y & 63) * 64 + (x & 63)] as number
  return (x, y) => {
    const column = Math.floor(x)
    const row = Math.floor(y)
    const tx = smooth(x - column)
    const ty = smooth(y - row)
    const top = at(column, row) + (at(column + 1, row) - at(column, row)) * tx
    const bottom = at(column, row + 1) + (at(column + 1, row + 1) - at(column, row + 1)) * tx
    return top + (bottom - top) * ty
  }
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t)
}
