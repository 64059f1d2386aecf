import { replayVerdict } from '@pramaan/core/compliance'
import { ReplayKit } from '@pramaan/shared'
import type { Command } from 'commander'
import { ask, type Installation, onInstallation } from './running-api.ts'
import type { Terminal } from './terminal.ts'

/**
 * Adds `pramaan replay`: fetches a stored verdict with its input and the pack of that day, judges again here, and compares
 * byte for byte. `onDifference` hears that something is not as it was.
 */
export const addReplayCommand = (program: Command, terminal: Terminal, onDifference: () => void): void => {
  const command = program
    .command('replay')
    .description('Judge a stored verdict again by the rules of its day. Exit: 0 same bytes, 1 not, 2 usage.')
    .argument('<verdictId>', 'id of the verdict')
    .option('--json', 'print both verdicts as JSON')
  onInstallation(command).action(async (id: string, options: Installation & { json?: boolean }) => {
    try {
      const kit = ReplayKit.parse(await ask(terminal, options, `/api/verdicts/${encodeURIComponent(id)}/replay`))
      const { differences, replayed, stored } = await replayVerdict(kit)
      if (options.json === true) terminal.write(`${JSON.stringify({ stored, replayed, differences }, null, 2)}\n`)
      else if (differences.length === 0) {
        terminal.write(
          `Same bytes: ${kit.verdict.outcome}, ${stored.length} characters, pack ${kit.verdict.ruleSet.digest}.\n`,
        )
      } else terminal.write(`Not the same:\n${differences.map((one) => `  - ${one}\n`).join('')}`)
      if (differences.length > 0) onDifference()
    } catch (error) {
      terminal.writeError(`error: ${error instanceof Error ? error.message : String(error)}\n`)
      onDifference()
    }
  })
}
