import { RULE_SET } from '@pramaan/core/compliance/rules'
import { type Command, InvalidArgumentError } from 'commander'
import type { Terminal } from './terminal.ts'

interface ExportOptions {
  advisor: string
  from: Date
  until: Date
  for: string
  reason: string
}

/** Midnight in UTC of a calendar day, or a moment. */
function moment(value: string): Date {
  const time = new Date(value)
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('Use a day such as 2026-04-01, or a time with its zone.')
  return time
}

/** Adds `pramaan export-pack`: writes the inspection pack of an advisor, with DATABASE_URL and the settings of the audit log. */
export function addExportPackCommand(program: Command, terminal: Terminal): void {
  program
    .command('export-pack')
    .description(
      'Write an inspection pack. Needs DATABASE_URL, AUDIT_SIGNING_KEY and AUDIT_ORIGIN, and a running worker.',
    )
    .argument('<file>', 'where to write it, a ZIP file')
    .requiredOption('--advisor <id>', 'whose')
    .requiredOption('--from <day>', 'the first moment of the period', moment)
    .requiredOption('--until <day>', 'the first moment after the period', moment)
    .requiredOption('--for <name>', 'who gets it; stands on the pack and in the log of the advisor')
    .requiredOption('--reason <text>', 'why; stands there, too')
    .action(async (file: string, options: ExportOptions) => {
      const { packExport } = terminal
      if (!packExport) return program.error('error: set DATABASE_URL, AUDIT_SIGNING_KEY and AUDIT_ORIGIN')
      const { exportFromDatabase } = await import('@pramaan/core/audit')
      const { advisor: advisorId, for: recipient, from, until, reason } = options
      const request = { advisorId, from, until, recipient, reason, path: file, ruleSet: RULE_SET }
      const { packId, entries } = await exportFromDatabase(packExport, request).catch((error: Error) =>
        program.error(`error: ${error.message}`),
      )
      terminal.write(`${file}: pack ${packId} with ${entries} entries\n`)
    })
}
