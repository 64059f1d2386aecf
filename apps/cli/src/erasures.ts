import { openOperator } from '@pramaan/core/deps'
import { createLog } from '@pramaan/core/platform/log'
import { replayErasures } from '@pramaan/core/privacy'
import type { Command } from 'commander'
import { operatorEnv } from './env.ts'
import type { Terminal } from './terminal.ts'

/** `pramaan erasures replay`: what `restore` does by itself, for a database that was recovered by other means. */
export function addErasuresCommand(program: Command, terminal: Terminal): void {
  program
    .command('erasures')
    .description('The list of erasures outside of the database.')
    .command('replay')
    .description('Erase again, in a recovered database, everybody on the list; before anybody else may connect.')
    .requiredOption('--ledger <file>', 'the list: ERASURE_LEDGER of the worker')
    .action(async ({ ledger }: { ledger: string }) => {
      const config = { ...operatorEnv(), erasureLedger: ledger }
      const operator = await openOperator(config, createLog({ level: 'error', name: 'erasures' }))
      try {
        const { listed, erased } = await replayErasures(operator.context())
        terminal.write(`${listed} erasures in the ledger, ${erased} carried out again\n`)
      } finally {
        await operator.close()
      }
    })
}
