import type { PackSource } from '@pramaan/core/audit'

/** What a command may touch of the process that runs it. */
export interface Terminal {
  write(text: string): void
  writeError(text: string): void
  /** All of standard input, UTF-8. */
  readInput(): Promise<string>
  /** A file, UTF-8. */
  readFile(path: string): Promise<string>
  /** The database that the environment names. */
  readonly databaseUrl: string | undefined
  /** The database and the keys that a pack is made from; undefined unless the environment has all of them. */
  readonly packExport: PackSource | undefined
  now(): Date
  /** Milliseconds of a running clock. */
  elapsed(): number
}
