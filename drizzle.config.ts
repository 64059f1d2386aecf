import { defineConfig } from 'drizzle-kit'

/** Input of `pnpm db:generate`. Never `push`: partitions, triggers and grants live in hand-written migrations. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './packages/db/src/schema/*.ts',
  out: './packages/db/migrations',
  casing: 'snake_case',
  schemaFilter: ['public'],
  entities: { roles: false },
})
