import type { Flags } from './command.ts'

/** Flags that every command takes, before its name or after. */
export const GLOBAL_FLAGS = {
  json: { says: 'Print one JSON document; errors too' },
  jsonl: { says: 'Print one JSON document a line' },
  color: { says: 'Colours, also into a pipe; --no-color: none' },
  url: { takes: 'URL', says: 'The gateway; also FILMGATE_URL' },
  'key-file': { takes: 'FILE', file: true, says: 'File (mode 0600) that holds the key, or - for standard input; also FILMGATE_KEY' },
  customer: { takes: 'ID', says: 'With an operator key: for whom; also FILMGATE_CUSTOMER' },
  help: { short: 'h', says: 'Explain this command' },
} as const satisfies Flags
