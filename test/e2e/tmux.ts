import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { NODE, ROOT } from './program.ts'

/** A real terminal, of a size, with a shell in it. */
export interface Terminal {
  type(line: string): void
  /** `C-c`, `Enter`, `y`, … */
  press(key: string): void
  /** What stands on it now, line by line, without what is empty at the end. */
  screen(): readonly string[]
  /** Waits until it shows this. */
  shows(text: string | RegExp, most_ms?: number): Promise<readonly string[]>
  close(): void
}

export function openTerminal(folder: string, columns: number, rows: number, env: Readonly<Record<string, string>>): Terminal {
  const socket = join(folder, `tmux-${columns}`)
  const { PATH = '' } = process.env
  const clean = { PATH, HOME: folder, LANG: 'C.UTF-8', TERM: 'xterm-256color', PS1: '$ ', ...env }
  const tmux = (...args: readonly string[]) =>
    execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { env: clean, encoding: 'utf8' })
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', folder, 'sh')
  const type = (line: string) => {
    tmux('send-keys', '-l', line)
    tmux('send-keys', 'Enter')
  }
  // Short, so that what is typed fits into 40 columns.
  type(`alias f='${NODE} ${join(ROOT, 'cli/bin/filmgate.mjs')}'; clear`)
  const screen = () => tmux('capture-pane', '-p').trimEnd().split('\n')
  return {
    type,
    press: (key) => void tmux('send-keys', key),
    screen,
    shows: async (text, most_ms) => {
      let seen: readonly string[] = []
      await eventually(
        () => {
          seen = screen()
          // What was wrapped at the edge is one text.
          const shown = `${seen.join('\n')}\n${seen.join('')}\n${seen.join(' ')}`
          return typeof text === 'string' ? shown.includes(text) : text.test(shown)
        },
        most_ms,
        () => `the terminal does not show ${text}:\n${seen.join('\n')}`,
      )
      return seen
    },
    close: () => void tmux('kill-server'),
  }
}
