import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { RestoreOptions } from './restore.ts'
import type { Terminal } from './terminal.ts'

const moment = (value: string): Date => {
  const time = new Date(value)
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('must be a time such as 2026-11-24T06:30:00Z')
  return time
}

/** `pramaan restore --to <time>`. */
export function addRestoreCommand(program: Command, terminal: Terminal): void {
  program
    .command('restore')
    .description('Restore an embedded installation as it was at a moment, into a new folder.')
    .requiredOption('--to <time>', 'the moment, RFC 3339', moment)
    .requiredOption('--from <folder>', 'BACKUP_DIR of the lost installation')
    .requiredOption('--data-dir <folder>', 'a new folder for the restored installation')
    .requiredOption('--secrets <file>', 'secrets.json of the lost installation')
    .option('--ledger <file>', 'the list of erasures; else erasures.ndjson in BACKUP_DIR')
    .option('--postgres <program>', 'a PostgreSQL of the same major version; else the embedded one')
    .action(async (options: RestoreOptions) => {
      const { restore } = await import('./restore.ts')
      await restore(
        {
          ...options,
          from: resolve(options.from),
          dataDir: resolve(options.dataDir),
          secrets: resolve(options.secrets),
        },
        terminal,
      )
    })
}
