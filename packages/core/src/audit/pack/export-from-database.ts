import { createDb } from '@pramaan/db'
import { checkpointSigner } from '../../platform/crypto.ts'
import { exportPack, type PackRequest } from './export-pack.ts'

/** Where an export reads, and whose log it signs for. */
export interface PackSource {
  readonly databaseUrl: string
  readonly origin: string
  /** Ed25519 private key, PKCS#8 DER. */
  readonly signingKey: Buffer
}

/** `exportPack` for somebody with a terminal and the settings of an installation. */
export async function exportFromDatabase({ databaseUrl, origin, signingKey }: PackSource, request: PackRequest) {
  const db = createDb({ url: databaseUrl, max: 4, statementTimeoutMs: 600_000 })
  try {
    return await exportPack({ db, origin, keys: checkpointSigner([signingKey]), now: () => new Date() }, request)
  } finally {
    await db.close()
  }
}
