import { readVerifierKey, type Trust } from '@pramaan/verifier'
import { expect, test } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../testing/factories.ts'
import { freshKeys, testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import { loadKeys } from '../platform/crypto.ts'
import { getReceipt, listEvents, sealLog, verifyDatabase } from './index.ts'
import { verifierKey } from './rules/signed-note.ts'

const material = freshKeys()
const world = await testWorld({ keys: material })
const { auditOrigin: origin } = world.ctx().settings
const logKeys = world.keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))
const trust: Trust = { origin, logKeys, witnessKeys: [], savedNotes: [] }
const verify = (receipts: string[]) => verifyDatabase(world.url, { ...trust, receipts })

/** A write that nobody has sealed yet, and its receipt. */
async function written(advisor: TestAdvisor, content = 'A text.') {
  await createContent(advisor.owner(), { content, submit: false })
  const [newest] = (await listEvents(advisor.owner(), { limit: 1 })).items
  const id = newest?.sequence ?? ''
  return { id, ...(await getReceipt(advisor.owner(), { id })) }
}

/** What a superuser does, with the triggers off. */
const asSuperuser = (...statements: string[]) =>
  world.asSuperuser('set session_replication_role = replica', ...statements, 'reset session_replication_role')

test('a receipt is given before the sealing, says the same after it, and both hold before the verifier', async () => {
  const advisor = await makeAdvisor(world)
  const { id, receipt } = await written(advisor)
  expect((await verify([receipt])).findings).toEqual([])
  await sealLog(world.ctx())
  expect(await getReceipt(advisor.owner(), { id })).toEqual({ receipt })
  expect(await verify([receipt])).toMatchObject({ outcome: 'ok', findings: [] })
  await expect(getReceipt((await makeAdvisor(world)).owner(), { id })).rejects.toMatchObject({ code: 'not_found' })
})

test('delete: an entry before it was sealed, with its line among those that wait, is found by a receipt that was kept, and by nothing else', async () => {
  const { id, receipt } = await written(await makeAdvisor(world))
  await asSuperuser(`delete from audit_pending where entry_id = ${id}`, `delete from audit_entries where id = ${id}`)
  await written(await makeAdvisor(world))
  await sealLog(world.ctx())
  expect((await verify([])).outcome).toBe('ok')
  expect(await verify([receipt])).toMatchObject({
    outcome: 'tampered',
    findings: [{ kind: 'deleted', where: `entry ${id}, for which a receipt was given` }],
  })
})

test('edit: an entry before it was sealed', async () => {
  const { id, receipt } = await written(await makeAdvisor(world))
  await asSuperuser(`update audit_entries set action = 'content.approved' where id = ${id}`)
  const edited = [{ kind: 'edited', where: `entry ${id} is not what its receipt was given for` }]
  expect((await verify([receipt])).findings).toEqual(edited)
  await sealLog(world.ctx())
  expect((await verify([])).outcome).toBe('ok')
  expect((await verify([receipt])).findings).toEqual(edited)
})

test('a receipt that another key signed, of another log, or a checkpoint in its place says nothing and is called malformed', async () => {
  const advisor = await makeAdvisor(world)
  const { id, receipt } = await written(advisor)
  const keys = await loadKeys(world.product.acrossAdvisors, { ...material, signingKey: freshKeys().signingKey })
  const forged = await getReceipt({ ...advisor.owner(), keys }, { id })
  const settings = { ...world.ctx().settings, auditOrigin: 'elsewhere.test/audit' }
  const foreign = await getReceipt({ ...advisor.owner(), settings }, { id })
  await sealLog(world.ctx())
  const { rows } = await world.db.pool.query<{ note: string }>(
    'select note from audit_checkpoints order by size limit 1',
  )
  for (const none of [forged.receipt, foreign.receipt, rows[0]?.note ?? '', receipt.replace(`\n${id}\n`, '\n1\n'), ''])
    expect((await verify([none])).findings, none).toMatchObject([{ kind: 'malformed' }])
})
