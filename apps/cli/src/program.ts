import { Command } from 'commander'
import { addCheckCommand } from './check.ts'
import { addRulesCommand } from './rules.ts'
import type { Terminal } from './terminal.ts'

/**
 * The `pramaan` command line. Wrong usage throws commander's `CommanderError` instead of ending the process, so that
 * the caller chooses the exit status.
 */
export const createProgram = (terminal: Terminal): Command => {
  const program = new Command('pramaan').description('Check a text against the advertising rules, offline.').exitOverride()
  addCheckCommand(program, terminal)
  addRulesCommand(program, terminal)
  return program
}
