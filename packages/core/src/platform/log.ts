import { pino } from 'pino'

export type Log = Pick<import('pino').Logger, 'debug' | 'info' | 'warn' | 'error'>

/** JSON lines on stdout. Callers log an allow-list of fields, never inputs, bodies or whole errors of the database. */
export function createLog(options: { level: string; name: string }): Log {
  return pino({ level: options.level, name: options.name, timestamp: pino.stdTimeFunctions.isoTime })
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
