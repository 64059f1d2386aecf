import { appendFileSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { takeBaseBackup } from '@pramaan/core/platform/base-backup'
import { giveTo } from '@pramaan/core/platform/restore-cluster'
import { type PostgresServer, startPostgres } from './postgres.ts'
import { openWayTo } from './postgres-account.ts'

/**
 * Starts a streaming replica of a server, on a copy of its cluster that is made for it. The primary must archive, be it
 * into nothing (`archive_command=true`), and keep what it writes until the replica is there (`wal_keep_size`).
 */
export async function startReplica(options: {
  primary: PostgresServer
  primaryFolder: string
  folder: string
  superuserPassword: string
  settings: Record<string, string>
}): Promise<PostgresServer> {
  const { primary, primaryFolder, folder, superuserPassword, settings } = options
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  const source = join(primaryFolder, 'postgres')
  const superuserUrl = primary.url('postgres', superuserPassword, 'postgres')
  const backup = await takeBaseBackup({ superuserUrl, cluster: source, into: folder, now: () => new Date() })
  const cluster = join(folder, 'postgres')
  renameSync(backup.folder, cluster)
  rmSync(join(cluster, 'pramaan-manifest.json'))
  writeFileSync(join(cluster, 'standby.signal'), '')
  const conninfo = `host=127.0.0.1 port=${primary.port} user=postgres password=${superuserPassword} application_name=replica`
  appendFileSync(join(cluster, 'postgresql.auto.conf'), `primary_conninfo = '${conninfo}'\n`)
  await giveTo(cluster, statSync(source))
  openWayTo(cluster)
  return startPostgres({ folder, superuserPassword, durable: false, settings })
}
