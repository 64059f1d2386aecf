import { readVerifierKey } from '@pramaan/verifier'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import { createApiKey, revokeApiKey } from '../identity/index.ts'
import { ACCESS, type Access, accessTo, type UseCaseName } from '../platform/access.ts'
import type { Ctx } from '../platform/context.ts'
import { command, query } from '../platform/use-case.ts'
import { logStatus } from './log-status.ts'
import { verifierKey } from './rules/signed-note.ts'
import { sealLog } from './seal-entries.ts'
import { verifyDatabase } from './verify-database.ts'

const world = await testWorld()
const { auditOrigin: origin } = world.ctx().settings
const logKeys = world.keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))
const findings = async () => {
  const report = await verifyDatabase(world.url, { origin, logKeys, witnessKeys: [], savedNotes: [] })
  return report.findings.map(({ kind }) => kind)
}
const privileged = (Object.keys(ACCESS) as UseCaseName[]).filter((name) => accessTo(name).privileged)

/** What waits was written so much earlier. Entries and their delay go by the clock of the database, which no test moves. */
const waitsFor = (interval: string) =>
  world.db.pool.query(
    `update audit_pending p set recorded_at = e.recorded_at - $1::interval from audit_entries e where e.id = p.entry_id`,
    [interval],
  )
/** The sealer is back. */
async function seal(): Promise<void> {
  await waitsFor('0')
  await sealLog(world.ctx())
}
afterEach(seal)

test('a sealer that stands still stops no writing: after a minute it is an alarm, and the verifier calls it stalled', async () => {
  const { owner } = await makeAdvisor(world)
  await createContent(owner(), { content: 'A text.', submit: false })
  await waitsFor('59 seconds')
  expect(await logStatus(world.product)).toMatchObject({ late: false })
  await waitsFor('61 seconds')
  expect(await logStatus(world.product)).toMatchObject({ late: true })
  expect(await findings()).toContain('stalled')
  await waitsFor('1 hour')
  await createContent(owner(), { content: 'Another text.', submit: true })
  await seal()
  expect([await logStatus(world.product), await findings()]).toMatchObject([{ late: false, mergeDelayMs: 0 }, []])
})

test('after ten minutes what gives rights away is refused with 503 and stands in the log, and what takes them away goes on', async () => {
  const { advisorId, owner } = await makeAdvisor(world)
  const make = () => createApiKey(owner(), { name: 'CRM', scopes: ['content:read'] })
  const { id } = await make()
  await waitsFor('9 minutes 50 seconds')
  await make()
  await seal()
  await createContent(owner(), { content: 'A text.', submit: false })
  await waitsFor('10 minutes 1 second')
  await expect(make()).rejects.toMatchObject({ code: 'unavailable', publicMessage: expect.stringContaining('/readyz') })
  await revokeApiKey(owner(), { id })
  await createContent(owner(), { content: 'Another text.', submit: true })
  const { rows } = await world.db.pool.query(
    `select body->>'reason' as reason from audit_entries where advisor_id = $1 and action = 'api_key.create.refused'`,
    [advisorId],
  )
  expect(rows).toEqual([{ reason: 'log_not_sealed' }])
  await seal()
  await make()
})

test('every privileged use case waits, whoever runs it, but for the system itself', async () => {
  const { owner } = await makeAdvisor(world)
  await createContent(owner(), { content: 'A text.', submit: false })
  await waitsFor('11 minutes')
  const callers: Record<string, () => Ctx> = {
    reviewer: () => makeStaff(world, 'reviewer'),
    admin: () => makeStaff(world, 'admin'),
  }
  const ran = async () => ({ output: 'ran', unchanged: true as const })
  for (const name of privileged) {
    const { staff, system }: Access = accessTo(name)
    const caller = (callers[staff?.[0] ?? ''] ?? owner)()
    const run = command({ name, input: z.unknown(), run: ran })
    await expect(run(caller, {}), name).rejects.toMatchObject({ code: 'unavailable' })
    const steps = query({ name, input: z.unknown(), run: async () => 'ran' })
    await expect(steps(caller, {}), name).rejects.toMatchObject({ code: 'unavailable' })
    if (system) expect(await run(world.ctx(), {}), name).toBe('ran')
  }
  expect(privileged.length).toBeGreaterThan(15)
})

test('nothing that only reads, takes away or protects waits for the sealing', () => {
  const open = /\.(get|list|prove|read|suspend|revoke|remove|refuse|reject|end|cancel|report|record|erase|place|retry)/
  expect(privileged.filter((name) => open.test(name))).toEqual([])
})
