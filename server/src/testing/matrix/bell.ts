import type { Cell } from './cell.ts'
import type { MatrixWorld } from './world.ts'

export interface Forged {
  readonly status: number
  readonly changed: boolean
}

/** Has providers call back about the jobs of some cells, each as its cell says. Calls that come before an answer is stored are not its business. */
export class Bell {
  readonly forged = new Map<Cell, Forged[]>()
  readonly #matrix: MatrixWorld
  readonly #waiting: Map<string, Cell>

  constructor(matrix: MatrixWorld, videos: ReadonlyMap<string, Cell>) {
    this.#matrix = matrix
    this.#waiting = new Map([...videos].filter(([, { call }]) => call !== 'never' && call !== 'early'))
  }

  /** When the next job ends that somebody will be called about. */
  nextAt(): number {
    const ends = [...this.#waiting.values()]
      .filter(({ call }) => call !== 'late')
      .flatMap((cell) => this.#jobsOf(cell).map(({ ready_at }) => ready_at))
    return Math.min(...ends)
  }

  /** Calls about every job that has ended. */
  async ring(): Promise<void> {
    for (const [video, cell] of this.#waiting) {
      const jobs = this.#jobsOf(cell)
      if (cell.call === 'late' || jobs.length === 0 || jobs.some(({ ready_at }) => ready_at > this.#matrix.now())) continue
      await this.#call(video, cell)
    }
  }

  /** Every video has ended: what is left over is called about now. */
  async ringLate(): Promise<void> {
    for (const [video, cell] of this.#waiting) await this.#call(video, cell)
  }

  #jobsOf({ house, prompt }: Cell) {
    return [...this.#matrix.at(house).jobs.values()].filter(({ ordered }) => ordered.prompt === prompt)
  }

  async #call(video: string, cell: Cell): Promise<void> {
    this.#waiting.delete(video)
    const place = this.#matrix.at(cell.house)
    for (const { id } of this.#jobsOf(cell)) {
      if (cell.call === 'forged') this.forged.set(cell, [await this.#forge(video, cell, id)])
      else await Promise.all(cell.call === 'twice' ? [place.call(id), place.call(id)] : [place.call(id)])
    }
  }

  /** Who does not know the secret; where there is none, who names another job. */
  async #forge(video: string, { house }: Cell, id: string): Promise<Forged> {
    const place = this.#matrix.at(house)
    const before = await this.#rowsOf(video)
    if (house.calls === 'signed') {
      const status = await place.call(id, { forged: true })
      return { status, changed: (await this.#rowsOf(video)) !== before }
    }
    const other = [...place.jobs.keys()].find((one) => one !== id) ?? 'another'
    const status = await this.#matrix.post(place.addressOf(id) ?? '', { id: other, task_id: other })
    return { status, changed: (await this.#rowsOf(video)) !== before }
  }

  async #rowsOf(video: string): Promise<string> {
    const { rows } = await this.#matrix.world.database.pool.query<{ all: string }>(
      `select jsonb_build_object('video', to_jsonb(v), 'attempts', (select jsonb_agg(to_jsonb(a) order by a.no) from videos.attempts a where a.video = v.id))::text as all
         from videos.videos v where v.id = $1`,
      [video],
    )
    return rows[0]?.all ?? ''
  }
}
