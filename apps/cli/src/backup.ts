import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Terminal } from './terminal.ts'

/** `pramaan backup`: a base backup of a running embedded installation, beside the log that it archives. */
export function addBackupCommand(program: Command, terminal: Terminal): void {
  program
    .command('backup')
    .description(
      'Copy the database of a running embedded installation; docs/runbooks/backup.md says what else it takes.',
    )
    .option('--data-dir <folder>', 'the folder of the installation', '.data')
    .requiredOption('--into <folder>', 'BACKUP_DIR of the installation')
    .action(async ({ dataDir, into }: { dataDir: string; into: string }) => {
      const [{ takeBaseBackup }, { runningInstallation, superuserUrl }] = await Promise.all([
        import('@pramaan/core/platform/base-backup'),
        import('./embedded-installation.ts'),
      ])
      const { cluster, secrets, port } = await runningInstallation(resolve(dataDir))
      const started = terminal.elapsed()
      const { folder, manifest } = await takeBaseBackup({
        superuserUrl: superuserUrl(secrets, port),
        cluster,
        into: join(resolve(into), 'base'),
        now: terminal.now,
      })
      const seconds = ((terminal.elapsed() - started) / 1000).toFixed(1)
      terminal.write(
        `${folder}\n${Object.keys(manifest.files).length} files in ${seconds} s, good for any moment from `,
      )
      terminal.write(`${manifest.finishedAt} on, as far as the log is archived.\n`)
      terminal.write(`Keep ${join(dataDir, 'secrets.json')} apart from it: neither is of use without the other.\n`)
    })
}
