export type LogLevel = 'info' | 'warn' | 'error'
const LEVELS: readonly LogLevel[] = ['info', 'warn', 'error']

/** One JSON line per event, to standard error. Fields never hold a key, a header or a body. */
export function createLog(lowest: LogLevel, write: (line: string) => void) {
  const at =
    (level: LogLevel) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(lowest)) return
      write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...fields })}\n`)
    }
  return { info: at('info'), warn: at('warn'), error: at('error') }
}
