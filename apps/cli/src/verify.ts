import { verifyPack } from '@pramaan/verifier'
import type { Command } from 'commander'
import { collect, readKeys } from './audit.ts'
import { describeReport, statusOf } from './describe-report.ts'
import type { Terminal } from './terminal.ts'

interface VerifyOptions {
  keys: string
  saved: string[]
  json: boolean
}

/** Adds `pramaan verify`: checks an inspection pack, with the network off and without a database. */
export function addVerifyCommand(program: Command, terminal: Terminal, onStatus: (status: number) => void): void {
  program
    .command('verify')
    .description('Check an inspection pack. Ends 0 when it holds, 1 when it does not, 3 when it is only not witnessed.')
    .argument('<pack>', 'the ZIP file')
    .requiredOption(
      '--keys <file>',
      'verifier keys that you trust, one a line: from /.well-known/pramaan-audit-keys, and not from who gave you the pack',
    )
    .option('--saved <file>', 'a checkpoint that was kept outside; may be given several times', collect, [])
    .option('--json', 'print the report as JSON', false)
    .action(async (pack: string, { keys, saved, json }: VerifyOptions) => {
      const trusted = await readKeys(terminal, keys).catch((error: Error) => program.error(`error: ${error.message}`))
      const report = await verifyPack(pack, {
        logKeys: trusted.filter(({ kind }) => kind === 'log'),
        witnessKeys: trusted.filter(({ kind }) => kind === 'witness'),
        savedNotes: await Promise.all(saved.map((file) => terminal.readFile(file))),
      })
      const { about, entries } = report
      const what = about
        ? `${entries} entries of ${about.displayName}, ${about.from} to ${about.until}, made for ${about.recipient}`
        : pack
      terminal.write(json ? `${JSON.stringify(report)}\n` : describeReport(report, what))
      onStatus(statusOf(report))
    })
}
