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
  now(): Date
  /** Milliseconds of a running clock. */
  elapsed(): number
}
