import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readVerifierKey } from '@pramaan/verifier'
import { afterAll, expect, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import { exportCheckpoint, exportStatus } from './export-checkpoint.ts'
import { verifierKey } from './rules/signed-note.ts'
import { sealLog } from './seal-entries.ts'
import { type Failure, failingAt } from './testing/failing-files.ts'
import { verifyDatabase } from './verify-database.ts'

const world = await testWorld()
const { auditOrigin: origin } = world.ctx().settings
const logKeys = world.keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))
const parent = mkdtempSync(join(tmpdir(), 'pramaan-export-crash-'))
afterAll(() => rmSync(parent, { recursive: true }))
const ENOUGH = 40

async function grow(): Promise<number> {
  const { owner } = await makeAdvisor(world)
  await createContent(owner(), { content: 'A text.', submit: false })
  await sealLog(world.ctx())
  const { rows } = await world.db.pool.query<{ size: string }>('select max(size) as size from audit_checkpoints')
  return Number(rows[0]?.size)
}

/** What somebody finds in the folder who takes every checkpoint of it to the verifier. */
async function found(folder: string) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'))
  const savedNotes = names.map((name) => readFileSync(join(folder, name), 'utf8'))
  const { outcome, findings } = await verifyDatabase(world.url, { origin, logKeys, witnessKeys: [], savedNotes })
  return { outcome, findings, names }
}

test.each<Failure>(['refused', 'killed'])(
  'an export whose disk or process fails at any call (%s) leaves checkpoints that hold and is not said to be done, and the next one completes it',
  async (failure) => {
    const folder = join(parent, failure)
    const exports = { folder, mail: [], url: null }
    const ctx = { ...world.ctx(), settings: { ...world.ctx().settings, auditExports: exports } }
    const exported = async () => (await exportStatus(world.product, exports, world.clock.now()))[0]?.size ?? 0
    await grow()
    await exportCheckpoint(ctx)
    let at = 1
    for (let failed = true; failed; at++) {
      const before = await exported()
      const size = await grow()
      failed = await failingAt(at, failure, () => exportCheckpoint(ctx))
      const here = await found(folder)
      expect(here, `call ${at}`).toMatchObject({ outcome: 'ok', findings: [] })
      const file = `checkpoint-${size}.txt`
      expect(await exported(), `call ${at}`).toBe(failed ? before : size)
      await exportCheckpoint(ctx)
      expect([(await found(folder)).names.includes(file), await exported()]).toEqual([true, size])
      expect(at).toBeLessThan(ENOUGH)
    }
    // mkdir, readFile, then open, write, flush and close of the file, its name, and open, flush and close of the folder.
    expect(at - 2).toBe(10)
    expect(readdirSync(folder).filter((name) => name.endsWith('.unfinished'))).toEqual([])
  },
)
