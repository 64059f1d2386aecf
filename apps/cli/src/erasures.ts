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
      const [{ asOperator }, { replayErasures }] = await Promise.all([
        import('./as-operator.ts'),
        import('@pramaan/core/privacy'),
      ])
      const config = { ...(await operatorEnv()), erasureLedger: ledger }
      const { listed, erased } = await asOperator(config, 'erasures', replayErasures)
      terminal.write(`${listed} erasures in the ledger, ${erased} carried out again\n`)
    })
}
