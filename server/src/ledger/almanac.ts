// For tests. Calendars that share nothing with domain/calendar.ts: what the clocks of a zone are ahead of UTC is a table, made once by asking what they
// are called ("GMT+02:00") every six hours, and where that changed, every minute.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** From one instant on the clocks are so far ahead. */
interface Stretch {
  readonly from: number
  readonly ahead: number
}

export class Almanac {
  readonly zone: string
  readonly #stretches: readonly Stretch[]

  /** @param from well before the first instant that will be asked for; `to` well after the last */
  constructor(zone: string, from: number, to: number) {
    const names = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    const ahead = (at: number) => {
      const name = names.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
      const [, sign = '+', hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name) ?? []
      return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * MINUTE)
    }
    const stretches: Stretch[] = [{ from, ahead: ahead(from) }]
    let last = ahead(from)
    for (let at = from; at < to; at += 6 * HOUR) {
      if (ahead(at + 6 * HOUR) === last) continue
      for (let minute = at; minute <= at + 6 * HOUR; minute += MINUTE) {
        if (ahead(minute) === last) continue
        last = ahead(minute)
        stretches.push({ from: minute, ahead: last })
      }
    }
    this.zone = zone
    this.#stretches = stretches
  }

  /** How often the clocks change. */
  get changes(): number {
    return this.#stretches.length - 1
  }

  /** What the clocks show, as if they were in UTC. */
  shown(at: number): number {
    return at + (this.#stretches.findLast(({ from }) => from <= at)?.ahead ?? 0)
  }

  /** The number of the day (since 1970) that the calendars show. */
  day(at: number): number {
    return Math.floor(this.shown(at) / DAY)
  }

  /** The first instant at which the clocks show so much, or more where they leave it out. */
  firstShowing(wanted: number): number {
    for (const [i, { from, ahead }] of this.#stretches.entries()) {
      const at = Math.max(from, wanted - ahead)
      if (at < (this.#stretches[i + 1]?.from ?? Number.POSITIVE_INFINITY)) return at
    }
    throw new Error(`nothing in ${this.zone} shows ${wanted}`)
  }

  midnight(day: number): number {
    return this.firstShowing(day * DAY)
  }

  /** So many calendar months after an instant, at its time of day; the last day of a month that has no such day. */
  months(after: number, count: number): number {
    if (count === 0) return after
    const start = new Date(this.shown(after))
    const days_in = (months: number) => (Date.UTC(2000, months + 1) - Date.UTC(2000, months)) / DAY
    const month = (start.getUTCFullYear() - 2000) * 12 + start.getUTCMonth() + count
    const day = Math.min(start.getUTCDate(), days_in(month))
    return this.firstShowing(Date.UTC(2000, month) + (day - 1) * DAY + (start.getTime() % DAY))
  }
}
