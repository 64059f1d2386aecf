import { defineConfig } from 'vitest/config'
export default defineConfig({ test: { globalSetup: ['./packages/core/testing/global-setup.ts'], include: ['packages/**/*.test.ts','apps/**/*.test.ts'], pool: 'forks', maxWorkers: 2, isolate: false, server: { deps: { inline: [/drizzle-orm/] } } } })
