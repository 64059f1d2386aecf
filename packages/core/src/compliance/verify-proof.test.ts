import { generateKeyPairSync, sign } from 'node:crypto'
import { schema } from '@pramaan/db'
import { ProofStatement } from '@pramaan/shared'
import canonicalize from 'canonicalize'
import { eq } from 'drizzle-orm'
import pg from 'pg'
import { expect, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent, reviseContent, submitContent, withdrawContent } from '../content/index.ts'
import { ENGINE } from './engine.ts'
import { getApproval, requireProof, runStage, verifyApproval } from './index.ts'
import { PROOF_PURPOSE } from './issue-proof.ts'
import { stageRunner } from './run-stage.ts'

const world = await testWorld()

const CLEAN = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'
const drain = (handler = runStage) => world.drainJobs({ 'compliance.run-stage': handler })

async function approved(handler = runStage) {
  const advisor = await makeAdvisor(world, { autoApproveClean: true })
  const { contentId } = await createContent(advisor.owner(), { content: CLEAN, submit: true })
  await drain(handler)
  const [approval] = await world.db.read
    .select()
    .from(schema.approvals)
    .where(eq(schema.approvals.contentId, contentId))
  if (!approval) throw new Error('not approved')
  const { advisorId } = advisor
  const both = async (ctx = world.ctx()) => {
    const attempts = [
      requireProof(ctx, world.db.read, advisorId, contentId),
      verifyApproval(ctx, world.db.read, advisorId, approval.id),
    ]
    const ends = await Promise.allSettled(attempts)
    return ends.map((end) => (end.status === 'fulfilled' ? 'valid' : String(end.reason.code ?? end.reason)))
  }
  return { advisor, advisorId, contentId, approval, both }
}

/** As somebody who has the database's superuser: triggers and grants do not stop them. */
async function attack(statement: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: world.adminUrl })
  await client.connect()
  try {
    await client.query("set session_replication_role = 'replica'")
    const { rowCount } = await client.query(statement, values)
    expect(rowCount).toBeGreaterThan(0)
  } finally {
    await client.end()
  }
}

const VALID = ['valid', 'valid']
const REFUSED = ['no_valid_proof', 'no_valid_proof']

test('the proof is RFC 8785 JSON, signed, and binds version, rendered text, channel, audience, rules and verdict', async () => {
  const { advisorId, contentId, approval, both } = await approved()
  expect(await both()).toEqual(VALID)
  const facts = ProofStatement.parse(JSON.parse(approval.statement))
  expect(canonicalize(facts)).toBe(approval.statement)
  const [version] = await world.db.read
    .select()
    .from(schema.contentVersions)
    .where(eq(schema.contentVersions.contentId, contentId))
  expect(facts).toMatchObject({
    type: PROOF_PURPOSE,
    id: approval.id,
    advisorId,
    contentId,
    versionId: version?.id,
    versionHash: version?.hash,
    channel: 'whatsapp',
    audience: 'clients',
    ruleSetDigest: ENGINE.ruleSet.digest,
    verdictId: approval.verdictId,
    approvedVia: 'policy',
  })
  expect(world.keys.verify(PROOF_PURPOSE, approval.statement, approval)).toBe(true)
})

test('a text whose status was set to approved by SQL has no proof', async () => {
  const advisor = await makeAdvisor(world)
  const { contentId } = await createContent(advisor.owner(), { content: CLEAN })
  await attack("update contents set status = 'approved' where id = $1", [contentId])
  const proof = requireProof(world.ctx(), world.db.read, advisor.advisorId, contentId)
  await expect(proof).rejects.toMatchObject({ code: 'no_valid_proof' })
  await expect(getApproval(advisor.owner(), { contentId })).rejects.toMatchObject({ code: 'not_found' })
})

test('a statement that was changed is worth nothing', async () => {
  const { approval, advisor, contentId, both } = await approved()
  const changed = canonicalize({ ...JSON.parse(approval.statement), expiresAt: '2099-01-01T00:00:00.000Z' })
  await attack('update approvals set statement = $1 where id = $2', [changed, approval.id])
  expect(await both()).toEqual(REFUSED)
  expect((await getApproval(advisor.owner(), { contentId })).proof.valid).toBe(false)
})

test('a signature by another key, for another purpose, or of rubbish is worth nothing', async () => {
  const { approval, both } = await approved()
  const attacker = generateKeyPairSync('ed25519').privateKey
  const foreign = sign(null, Buffer.from(`${PROOF_PURPOSE}\n${approval.statement}`), attacker).toString('base64')
  const elsewhere = world.keys.sign('pramaan-checkpoint/v1', approval.statement).signature
  for (const signature of [foreign, elsewhere, '', 'rubbish', approval.signature.slice(4)]) {
    await attack('update approvals set signature = $1 where id = $2', [signature, approval.id])
    expect(await both()).toEqual(REFUSED)
  }
  await attack('update approvals set signature = $1 where id = $2', [approval.signature, approval.id])
  expect(await both()).toEqual(VALID)
  await attack("update approvals set key_id = 'another' where id = $1", [approval.id])
  expect(await both()).toEqual(REFUSED)
})

test('a stored text that was changed under its proof is not sent', async () => {
  for (const change of [
    "text = 'Guaranteed 15% returns!'",
    "channel = 'email'",
    "audience = 'public'",
    "language = 'hi'",
    "text = 'Guaranteed 15% returns!', hash = 'ab'",
    "hash = 'ab'",
  ]) {
    const { contentId, both } = await approved()
    await attack(`update content_versions set ${change} where content_id = $1`, [contentId])
    expect(await both(), change).toEqual(REFUSED)
  }
})

test('a proof that was copied to another text, version or advisor is worth nothing there', async () => {
  const { approval, advisorId } = await approved()
  const victim = await makeAdvisor(world)
  const made = await createContent(victim.owner(), { content: CLEAN })
  await attack("update contents set status = 'approved' where id = $1", [made.contentId])
  for (const [owner, id] of [
    [victim.advisorId, world.ctx().newId()],
    [victim.advisorId, approval.id],
  ] as const) {
    await attack(
      `insert into approvals (advisor_id, id, content_id, version_id, verdict_id, approved_via, statement, key_id, signature, expires_at)
       values ($1, $2, $3, $4, $5, 'policy', $6, $7, $8, $9)`,
      [
        owner,
        id,
        made.contentId,
        made.versionId,
        world.ctx().newId(),
        approval.statement,
        approval.keyId,
        approval.signature,
        approval.expiresAt,
      ],
    )
    const attempts = [
      () => requireProof(world.ctx(), world.db.read, owner, made.contentId),
      () => verifyApproval(world.ctx(), world.db.read, owner, id),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'no_valid_proof' })
  }
  const stolen = verifyApproval(world.ctx(), world.db.read, victim.advisorId, approval.id)
  await expect(stolen).rejects.toMatchObject({ code: 'no_valid_proof' })
  expect(advisorId).not.toBe(victim.advisorId)
})

test('a proof ends after 180 days, and writing a later date beside it does not help', async () => {
  const { approval, contentId, advisor, both } = await approved()
  const later = (days: number) => {
    const now = new Date(approval.createdAt.getTime() + days * 24 * 3_600_000)
    return { ...world.ctx(), now: () => now }
  }
  expect(await both(later(179.99))).toEqual(VALID)
  expect(await both(later(180))).toEqual(REFUSED)
  await attack("update approvals set expires_at = '2099-01-01' where id = $1", [approval.id])
  expect(await both(later(180))).toEqual(REFUSED)
  const seen = await getApproval({ ...advisor.owner(), now: later(181).now }, { contentId })
  expect(seen.proof.valid).toBe(false)
})

test.each([
  'draft',
  'checking',
  'changes_required',
  'in_review',
  'rejected',
  'suspended',
  'expired',
  'withdrawn',
  'archived',
])('a text that is %s is not sent, whatever was once approved', async (status) => {
  const { contentId, both } = await approved()
  await attack('update contents set status = $1 where id = $2', [status, contentId])
  expect(await both()).toEqual(REFUSED)
})

test.each(['scheduled', 'published'])('a text that is %s keeps its proof', async (status) => {
  const { contentId, both } = await approved()
  await attack('update contents set status = $1 where id = $2', [status, contentId])
  expect(await both()).toEqual(VALID)
})

test('a new version has no proof, even when its status says approved', async () => {
  const { advisor, contentId, both } = await approved()
  await reviseContent(advisor.owner(), { id: contentId, content: 'Guaranteed 15% returns!' })
  expect(await both()).toEqual(REFUSED)
  await attack("update contents set status = 'approved' where id = $1", [contentId])
  expect(await both()).toEqual(REFUSED)
})

test('an approval by other rules is not valid, and checking the same text again renews it', async () => {
  const older = stageRunner({ ...ENGINE, ruleSet: { version: 'old', digest: 'old' } })
  const { advisor, advisorId, contentId, approval, both } = await approved(older)
  expect(await both()).toEqual(REFUSED)
  const refused = requireProof(world.ctx(), world.db.read, advisorId, contentId)
  await expect(refused).rejects.toMatchObject({ publicMessage: expect.stringContaining('Check it again') })
  await submitContent(advisor.owner(), { id: contentId })
  await drain()
  const renewed = await requireProof(world.ctx(), world.db.read, advisorId, contentId)
  expect(renewed.approvalId).not.toBe(approval.id)
  const old = verifyApproval(world.ctx(), world.db.read, advisorId, approval.id)
  await expect(old).rejects.toMatchObject({ code: 'no_valid_proof' })
})

test('an approval from before a later check does not come back to life by SQL', async () => {
  const { advisor, contentId, both } = await approved()
  await submitContent(advisor.owner(), { id: contentId })
  await world.db.read
    .update(schema.advisors)
    .set({ autoApproveClean: false })
    .where(eq(schema.advisors.id, advisor.advisorId))
  await drain()
  await withdrawContent(advisor.owner(), { id: contentId })
  await attack("update contents set status = 'approved' where id = $1", [contentId])
  expect(await both()).toEqual(REFUSED)
})
