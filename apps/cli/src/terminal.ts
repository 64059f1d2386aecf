/** What a command may touch of the process that runs it. */
export interface Terminal {
  write(text: string): void
  /** All of standard input, UTF-8. */
  readInput(): Promise<string>
  exitWith(status: number): void
  now(): Date
  /** Milliseconds of a running clock. */
  elapsed(): number
}
