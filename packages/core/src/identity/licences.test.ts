import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Actor } from '../platform/context.ts'
import { listAdvisors, readAdvisor, refuseLicence, verifyLicence } from './index.ts'
import { identityWorld } from './testing.ts'

const world = await identityWorld()
const { licences } = schema
const admin: Actor = { kind: 'user', userId: world.ctx().newId(), role: 'admin', memberRole: null, sessionId: 's' }
const asAdmin = () => world.ctx(admin)

async function claimed() {
  const { advisorId } = await world.register()
  const [row] = await world.db.read.select().from(licences).where(eq(licences.advisorId, advisorId))
  return { advisorId, id: row?.id ?? '' }
}

test('an administrator verifies a claimed licence; the entry stands in the log of the advisor', async () => {
  const { advisorId, id } = await claimed()
  const validUntil = '2029-11-24T00:00:00.000Z'
  expect(await verifyLicence(asAdmin(), { id, note: 'AMFI register', validUntil })).toEqual({
    id,
    type: 'MFD',
    number: 'ARN-123456',
    euin: null,
    state: 'verified',
    validUntil,
  })
  const facts = await readAdvisor(world.db.read, advisorId)
  expect(facts).toMatchObject({
    advisorId,
    displayName: 'Verma Advisory',
    tiers: { tier: 'basic', tierSteps: null },
    autoApproveClean: false,
  })
  expect(facts?.licences).toEqual([
    { id, type: 'MFD', number: 'ARN-123456', euin: null, state: 'verified', validUntil: new Date(validUntil) },
  ])
  const [entry] = await world.db.read.select().from(schema.auditEntries).where(eq(schema.auditEntries.objectId, id))
  expect(entry).toMatchObject({
    advisorId,
    actorId: admin.kind === 'user' ? admin.userId : '',
    action: 'licence.verified',
    body: { from: 'claimed', to: 'verified', reason: 'AMFI register', actor: { role: 'admin' } },
  })
})

test('a decision is taken once: the second finds another state', async () => {
  const { id } = await claimed()
  await verifyLicence(asAdmin(), { id })
  await expect(verifyLicence(asAdmin(), { id })).rejects.toMatchObject({ code: 'invalid_state' })
  expect(await refuseLicence(asAdmin(), { id, note: 'cancelled by the regulator' })).toMatchObject({ state: 'refused' })
  await expect(refuseLicence(asAdmin(), { id })).rejects.toMatchObject({ code: 'invalid_state' })
})

test('of ten decisions at once one holds', async () => {
  const { id } = await claimed()
  const decisions = Array.from({ length: 10 }, (_, index) => [verifyLicence, refuseLicence][index % 2])
  const results = await Promise.allSettled(decisions.map((decide) => decide?.(asAdmin(), { id })))
  const verified = (await world.auditActions(id)).filter((action) => action === 'licence.verified')
  expect(verified.length).toBeLessThanOrEqual(1)
  const done = results.filter(({ status }) => status === 'fulfilled')
  expect(done).toHaveLength((await world.auditActions(id)).length)
  for (const result of results) if (result.status === 'rejected') expect(result.reason.code).toBe('invalid_state')
})

test('a registration that has ended cannot be verified, and an unknown licence is not found', async () => {
  const { id } = await claimed()
  const validUntil = world.clock.now().toISOString()
  await expect(verifyLicence(asAdmin(), { id, validUntil })).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(verifyLicence(asAdmin(), { id: asAdmin().newId() })).rejects.toMatchObject({ code: 'not_found' })
})

test.each(['reviewer', 'inspector', 'advisor'] as const)('a %s decides on no licence', async (role) => {
  const { id } = await claimed()
  const ctx = world.ctx({ ...admin, role } as Actor)
  await expect(verifyLicence(ctx, { id })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(refuseLicence(ctx, { id })).rejects.toMatchObject({ code: 'forbidden' })
})

test('advisors are listed newest first, page by page, each once, also while others register', async () => {
  for (let i = 0; i < 5; i++) await world.register()
  const all = await world.db.read.select({ id: schema.advisors.id }).from(schema.advisors)
  const seen: string[] = []
  for (let cursor: string | null = null, first = true; first || cursor; first = false) {
    const page: Awaited<ReturnType<typeof listAdvisors>> = await listAdvisors(asAdmin(), {
      limit: 2,
      ...(cursor === null ? {} : { cursor }),
    })
    seen.push(...page.items.map(({ id }) => id))
    expect(page.items.every((item) => item.licences.length === 1)).toBe(true)
    cursor = page.nextCursor
    if (first) await world.register()
  }
  expect(seen).toEqual(
    all
      .map(({ id }) => id)
      .sort()
      .reverse(),
  )
  await expect(listAdvisors(asAdmin(), { cursor: 'rubbish' })).rejects.toMatchObject({ code: 'invalid_cursor' })
})

test('there are no facts about an advisor that does not exist', async () => {
  expect(await readAdvisor(world.db.read, world.ctx().newId())).toBeNull()
})
