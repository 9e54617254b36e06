import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// The processes that tests start of our sources find there what Node compiled of them before, as those of a server do (server/bin/keep-compiled.mjs).
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/filmgate')

// No test depends on how fast its machine happens to be: these only end what hangs, and never within what a busy machine needs.
const PATIENT = { testTimeout: 180_000, hookTimeout: 180_000, expect: { poll: { timeout: 120_000 } } }

/** `npm test` runs `modules` and `journeys`; `npm run e2e` runs `browser`, which needs a Chromium, and tmux for a terminal. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'modules',
          include: ['server/src/**/*.test.ts', 'console/src/**/*.test.ts', 'client/src/**/*.test.ts', 'cli/src/**/*.test.ts'],
          globalSetup: ['server/src/testing/server.ts'],
          isolate: false,
          // They wait for databases and sockets more than they compute: one worker a core would idle.
          maxWorkers: 4,
          ...PATIENT,
        },
      },
      {
        // Whole servers as a user would start them. They mostly wait: two side by side take little more than one.
        test: {
          name: 'journeys',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.browser.test.ts', 'test/**/*.terminal.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 }, // after the modules, which take both cores
          ...PATIENT,
          testTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/**/*.browser.test.ts', 'test/**/*.terminal.test.ts'],
          // A browser, a server and what draws take turns: two files side by side use both cores.
          maxWorkers: 2,
          ...PATIENT,
        },
      },
    ],
  },
})
