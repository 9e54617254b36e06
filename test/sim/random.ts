/** A seeded source of chance: the same seed, the same choices (mulberry32). */
export class Chance {
  readonly seed: number
  #state: number

  constructor(seed: number) {
    this.seed = seed
    this.#state = seed >>> 0
  }

  /** From [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** One of them, each as often as its weight says. */
  pick<T extends { readonly weight: number }>(choices: readonly T[]): T {
    let rest = this.next() * choices.reduce((sum, choice) => sum + choice.weight, 0)
    const found = choices.find((choice) => {
      rest -= choice.weight
      return rest < 0
    })
    const chosen = found ?? choices.at(-1)
    if (chosen === undefined) throw new Error('nothing to choose from')
    return chosen
  }

  shuffle<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, at: this.next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item)
  }
}

/** The seed of this run: `FILMGATE_SEED` repeats one. */
export function seedOfRun(): number {
  const given = process.env.FILMGATE_SEED
  return given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given)
}
