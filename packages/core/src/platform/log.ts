import { pino } from 'pino'

export type Log = Pick<import('pino').Logger, 'debug' | 'info' | 'warn' | 'error'>

/**
 * JSON lines on stdout, or at the end of `file`. Callers log an allow-list of fields, never inputs, bodies or whole errors
 * of the database. A run of the tests ends with a search for secrets in all that was logged.
 */
export function createLog({ level, name, file }: { level: string; name: string; file?: string }): Log {
  const options = { level, name, timestamp: pino.stdTimeFunctions.isoTime }
  return file === undefined ? pino(options) : pino(options, pino.destination({ dest: file, sync: true }))
}

/** The loggable part of an error: DrizzleQueryError's message holds SQL and parameter values, so only its cause speaks. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) }
  const cause = error.cause instanceof Error ? error.cause : undefined
  const isQuery = error.message.startsWith('Failed query')
  const shown = isQuery && cause ? cause : error
  const { code, constraint } = shown as { code?: unknown; constraint?: unknown }
  return { error: shown.name, message: shown.message, code, constraint, stack: isQuery ? undefined : error.stack }
}
