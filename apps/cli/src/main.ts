import { readFile } from 'node:fs/promises'
import { databaseUrl } from './env.ts'
import { runCommandLine } from './program.ts'

const readInput = async (): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  readInput,
  readFile: (path) => readFile(path, 'utf8'),
  databaseUrl: databaseUrl(),
  now: () => new Date(),
  elapsed: () => performance.now(),
})
