/** Advisory locks of the whole gateway, as the two numbers that PostgreSQL takes. The first is ours alone ("film"). */
const FILM = 0x66696c6d

export const LOCKS: Readonly<Record<'owner' | 'migrations' | 'cluster' | 'test_clone' | 'seal', [number, number]>> = {
  /** Held for life by the one process on an embedded data folder. */
  owner: [FILM, 1],
  /** Held while migrations are looked at and applied. */
  migrations: [FILM, 2],
  /** Held while role and database of an embedded cluster are made. */
  cluster: [FILM, 3],
  /** Held while a test database is cloned: PostgreSQL copies a template for one at a time. */
  test_clone: [FILM, 4],
  /** Held while journal rows are sealed: the chain has one end. */
  seal: [FILM, 5],
}

/** First number of the locks that are held while the next are called from the line before one provider account; the second is a hash of its name. */
export const PROVIDER_LINES = FILM + 1
