import { readVerifierKey, type VerifierKey } from '@pramaan/verifier'
import type { Command } from 'commander'
import { describeReport, statusOf } from './describe-report.ts'
import type { Terminal } from './terminal.ts'

interface FsckOptions {
  origin: string
  keys: string
  saved: string[]
  receipt: string[]
  json: boolean
}

/** Gathers an option that may be given several times. */
export const collect = (value: string, before: string[]): string[] => [...before, value]

/** Adds `pramaan audit fsck`: recomputes the whole audit log of a database and says what was done to it. */
export function addAuditCommand(program: Command, terminal: Terminal, onStatus: (status: number) => void): void {
  const audit = program.command('audit').description('The audit log of an installation.')
  audit
    .command('fsck')
    .description(
      'Recompute the audit log of the database DATABASE_URL. Ends 0 when it holds, 1 when somebody tampered with it, ' +
        '3 when it is only late or not witnessed.',
    )
    .requiredOption('--origin <name>', 'the name of the log, AUDIT_ORIGIN')
    .requiredOption(
      '--keys <file>',
      'verifier keys that you trust, of the log and its witnesses, one a line; not from the machine that is checked',
    )
    .option('--saved <file>', 'a checkpoint that was kept outside; may be given several times', collect, [])
    .option('--receipt <file>', 'a receipt that was kept outside; may be given several times', collect, [])
    .option('--json', 'print the report as JSON', false)
    .action(async ({ origin, keys, saved, receipt, json }: FsckOptions) => {
      const { databaseUrl } = terminal
      if (!databaseUrl) {
        return audit.error('error: set DATABASE_URL to the database that is to be checked')
      }
      const trusted = await readKeys(terminal, keys).catch((error: Error) => audit.error(`error: ${error.message}`))
      const read = (files: string[]) => Promise.all(files.map((file) => terminal.readFile(file)))
      const [savedNotes, receipts] = await Promise.all([read(saved), read(receipt)])
      // Only here, as the other commands need no database and no second to load one.
      const { verifyDatabase } = await import('@pramaan/core/audit')
      const report = await verifyDatabase(databaseUrl, {
        origin,
        logKeys: trusted.filter(({ kind }) => kind === 'log'),
        witnessKeys: trusted.filter(({ kind }) => kind === 'witness'),
        savedNotes,
        receipts,
      })
      terminal.write(
        json ? `${JSON.stringify(report)}\n` : describeReport(report, `${report.size} entries of ${origin}`),
      )
      onStatus(statusOf(report))
    })
}

/** Verifier keys from a file: one a line, empty lines and those that begin with # aside. @throws Error */
export async function readKeys(terminal: Terminal, file: string): Promise<VerifierKey[]> {
  const lines = (await terminal.readFile(file)).split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(readVerifierKey)
}
