import { Command, CommanderError } from 'commander'
import { addAuditCommand } from './audit.ts'
import { addBackupCommand } from './backup.ts'
import { addCheckCommand } from './check.ts'
import { addErasuresCommand } from './erasures.ts'
import { addExportPackCommand } from './export-pack.ts'
import { addKeysCommand } from './keys.ts'
import { addLicencesCommand } from './licences.ts'
import { addReplayCommand } from './replay.ts'
import { addRestoreCommand } from './restore-command.ts'
import { addRulesCommand } from './rules.ts'
import type { Terminal } from './terminal.ts'
import { addVerifyCommand } from './verify.ts'

/** Exit status of wrong usage (`contract.md`, section 1); 0 is clean and 1 is findings. */
const USAGE = 2

/**
 * Runs one `pramaan` command line, without the names of program and script. Answers with the exit status; wrong usage
 * is explained on the terminal and never throws.
 */
export const runCommandLine = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const program = new Command('pramaan')
    .description('Check texts against the advertising rules, and verify what was published.')
    .exitOverride()
    .configureOutput({ writeOut: terminal.write, writeErr: terminal.writeError })
  let status = 0
  addCheckCommand(program, terminal, (outcome) => {
    status = outcome === 'clean' ? 0 : 1
  })
  const fail = () => {
    status = 1
  }
  addRulesCommand(program, terminal, fail)
  addLicencesCommand(program, terminal, fail)
  addReplayCommand(program, terminal, fail)
  addKeysCommand(program, terminal)
  const endWith = (code: number) => {
    status = code
  }
  addAuditCommand(program, terminal, endWith)
  addVerifyCommand(program, terminal, endWith)
  addExportPackCommand(program, terminal)
  addBackupCommand(program, terminal)
  addRestoreCommand(program, terminal)
  addErasuresCommand(program, terminal)
  try {
    await program.parseAsync(args, { from: 'user' })
    return status
  } catch (err) {
    if (err instanceof CommanderError) return err.exitCode === 0 ? 0 : USAGE
    terminal.writeError(`error: ${err instanceof Error ? err.message : String(err)}\n`)
    return 1
  }
}
