import { chownSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { archiveSettings } from '@pramaan/core/platform/base-backup'
import { openWayTo, postgresAccount } from './postgres-account.ts'

/** What the setting `BACKUP_DIR` of `npm start` means for the embedded server; nothing without it. */
export const archiving = (given: { BACKUP_DIR?: string | undefined }, dataDir: string): Record<string, string> =>
  given.BACKUP_DIR ? archiveInto(given.BACKUP_DIR, dataDir) : {}

/** Settings with which the embedded server archives its log into `wal` below a folder, which is made for it. */
export function archiveInto(backupDir: string, dataDir: string, seconds?: number): Record<string, string> {
  const wal = join(resolve(backupDir), 'wal')
  mkdirSync(wal, { recursive: true, mode: 0o700 })
  const account = postgresAccount(join(dataDir, 'postgres'))
  if (account) {
    chownSync(wal, account.uid, account.gid)
    openWayTo(wal)
  }
  return archiveSettings(wal, seconds)
}
