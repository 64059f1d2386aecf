import { readFile } from 'node:fs/promises'
import { runCommandLine } from '../src/program.ts'
import type { Terminal } from '../src/terminal.ts'

/** Runs a command line in this process, on the files of the disk and with an empty input unless told, and says what it wrote. */
export async function runPramaan(args: readonly string[], terminal: Partial<Terminal> = {}) {
  const out = { stdout: '', stderr: '' }
  const status = await runCommandLine(args, {
    write: (text) => {
      out.stdout += text
    },
    writeError: (text) => {
      out.stderr += text
    },
    readInput: async () => '',
    readFile: (path) => readFile(path, 'utf8'),
    databaseUrl: undefined,
    now: () => new Date(),
    elapsed: () => 0,
    ...terminal,
  })
  return { status, ...out }
}
