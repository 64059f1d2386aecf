import { CommanderError } from 'commander'
import { createProgram } from './program.ts'

/** Exit status of wrong usage (`contract.md`, section 1); 0 is clean and 1 is findings. */
const USAGE = 2

try {
  const program = createProgram({
    write: (text) => process.stdout.write(text),
    readInput: async () => {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(chunk)
      return Buffer.concat(chunks).toString('utf8')
    },
    exitWith: (status) => {
      process.exitCode = status
    },
    now: () => new Date(),
    elapsed: () => performance.now(),
  })
  await program.parseAsync(process.argv)
} catch (err) {
  if (!(err instanceof CommanderError)) throw err
  process.exitCode = err.exitCode === 0 ? 0 : USAGE
}
