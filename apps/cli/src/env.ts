/** The database that the environment names; the one place that reads `process.env`. */
export const databaseUrl = (): string | undefined => process.env.DATABASE_URL || undefined
