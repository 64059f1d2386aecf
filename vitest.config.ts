import { defineConfig } from 'vitest/config'

/** One PostgreSQL for the run, a database of its own for each file; see `scripts/embedded/test-setup.ts`. */
export default defineConfig({
  test: {
    globalSetup: ['./scripts/embedded/test-setup.ts'],
    include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'scripts/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    isolate: false,
    // Against what hangs, not against what is slow: on a busy machine anything can take ten times as long.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 10_000 } },
    server: { deps: { inline: [/drizzle-orm/] } },
  },
})
