import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { type Db, schema } from '@pramaan/db'
import { and, eq, inArray } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeStaff } from '../../testing/factories.ts'
import { appealVerdict, claimReview, getApproval, rejectReview } from '../compliance/index.ts'
import { createContent } from '../content/index.ts'
import { createCampaign, listRecipients } from '../delivery/index.ts'
import { addRecipients, callsTo, newPhone, realClient } from '../delivery/testing/whatsapp-firm.ts'
import { openOperator } from '../deps.ts'
import { PASSWORD } from '../identity/testing.ts'
import { readLedger } from '../platform/erasure-ledger.ts'
import {
  eraseAccount,
  eraseRecipient,
  listErasures,
  placeHold,
  releaseHold,
  replayErasures,
  runErasure,
  sweepRetentions,
} from './index.ts'
import { type PlayedFirm, playedFirm, privacyWorld, sendTo } from './testing.ts'

const world = await privacyWorld()
const { advisors, dataKeys, deliveries, recipients, retentions, users, whatsappConnections } = schema
const DAY_MS = 24 * 3_600_000

const recipient = async (id: string) => (await world.db.read.select().from(recipients).where(eq(recipients.id, id)))[0]
const retainedOf = (subjectId: string) =>
  world.db.read.select().from(retentions).where(eq(retentions.subjectId, subjectId)).orderBy(retentions.until)
const keysOf = (ownerId: string) => world.db.read.$count(dataKeys, eq(dataKeys.ownerId, ownerId))
const forget = (firm: PlayedFirm, id: string) => eraseRecipient(firm.owner(), { id, confirm: 'ERASE' })
const close = (firm: PlayedFirm) => eraseAccount(firm.owner(), { password: PASSWORD, confirm: 'ERASE' })
const isLicensed = (firm: PlayedFirm, type: 'IA' | 'INS') =>
  world.db.read.update(schema.licences).set({ type }).where(eq(schema.licences.advisorId, firm.advisorId))

async function tokenOf({ advisorId }: PlayedFirm): Promise<string> {
  const isOurs = eq(whatsappConnections.advisorId, advisorId)
  const [row] = await world.db.read.select().from(whatsappConnections).where(isOurs)
  const place = { table: 'whatsapp_connections', column: 'access_token', rowId: row?.id ?? '' }
  return world.keys.open(world.db.read, advisorId, place, row?.accessToken ?? Buffer.alloc(0))
}

test('a recipient who was written to is forgotten, and kept under lock for as long as the law says', async () => {
  const firm = await playedFirm(world)
  await isLicensed(firm, 'IA')
  const { recipientIds, phones, campaignId } = await sendTo(world, firm)
  const [id = ''] = recipientIds
  const asked = await forget(firm, id)
  expect(asked).toMatchObject({ state: 'requested', subject: { kind: 'recipient', id } })
  expect(asked.retains).toMatchObject([{ clause: expect.stringContaining('regulation 19') }])
  await world.drainJobs(world.handlers)

  const row = await recipient(id)
  expect(row).toMatchObject({ state: 'erased', name: null, phone: null, bsuid: null })
  expect((await listRecipients(firm.owner(), {})).items.map((one) => one.id)).toEqual([recipientIds[1]])
  const [kept, ...more] = await retainedOf(id)
  expect(more).toEqual([])
  expect(kept?.until.getUTCFullYear()).toBe(world.clock.now().getUTCFullYear() + 5)
  const place = { table: 'retentions', column: 'sealed', rowId: kept?.id ?? '' }
  const identity = await world.keys.open(world.db.read, kept?.id ?? '', place, kept?.sealed ?? Buffer.alloc(0))
  expect(JSON.parse(identity)).toEqual({ phone: phones[0], name: null })
  const { items } = await listErasures(firm.owner(), {})
  expect(items[0]).toMatchObject({ state: 'erased', retains: [{ until: kept?.until.toISOString() }] })
  // What was sent stays on record, under an id that says nothing.
  expect(await world.db.read.$count(deliveries, eq(deliveries.campaignId, campaignId))).toBe(2)
  expect(await world.auditActions(id)).toEqual(['recipient.added', 'erasure.requested', 'recipient.erased', 'erased'])
})

test('what the law kept is shredded by itself on its date, and not a moment before', async () => {
  const firm = await playedFirm(world)
  await isLicensed(firm, 'INS')
  const { recipientIds } = await sendTo(world, firm, [newPhone()])
  const [id = ''] = recipientIds
  await forget(firm, id)
  await world.drainJobs(world.handlers)
  const [kept] = await retainedOf(id)
  const at = (time: number) => ({ ...world.ctx(), now: () => new Date(time) })
  const end = kept?.until.getTime() ?? 0
  await sweepRetentions(at(end - 1))
  expect([await keysOf(kept?.id ?? ''), (await retainedOf(id))[0]?.shreddedAt]).toEqual([1, null])
  await sweepRetentions(at(end))
  expect(await keysOf(kept?.id ?? '')).toBe(0)
  expect((await retainedOf(id))[0]).toMatchObject({ sealed: null, shreddedAt: kept?.until })
  await sweepRetentions(at(end + DAY_MS))
  expect((await world.auditActions(id)).filter((action) => action === 'retention.shredded')).toHaveLength(1)
})

test('of somebody to whom nothing was ever sent nothing is kept, and what was queued for them is not sent', async () => {
  const firm = await playedFirm(world)
  const { recipientIds, contentId } = await sendTo(world, firm, [newPhone()])
  const before = (await callsTo(firm, 'messages')).length
  const [id = ''] = await addRecipients(firm, [newPhone()])
  await createCampaign(firm.owner(), { contentId, recipientIds: [id] })
  await forget(firm, id)
  const { 'delivery.send': send, ...withoutSending } = world.handlers
  await world.drainJobs(withoutSending)
  await world.drainJobs({ ...world.handlers, ...(send ? { 'delivery.send': send } : {}) })
  expect((await callsTo(firm, 'messages')).length).toBe(before)
  expect(await retainedOf(id)).toEqual([])
  expect((await recipient(id))?.state).toBe('erased')
  expect((await recipient(recipientIds[0] ?? ''))?.state).toBe('active')
})

test('a firm is closed with everybody in it: no sign-in, no token here or at Meta, no key; its proofs go on being valid', async () => {
  const firm = await playedFirm(world)
  await isLicensed(firm, 'IA')
  const { contentId, recipientIds } = await sendTo(world, firm)
  const approval = await getApproval(firm.owner(), { contentId })
  expect(approval.proof.valid).toBe(true)
  const token = await tokenOf(firm)
  await realClient().phoneNumber(token, firm.phoneNumberId)
  const answer = await close(firm)
  expect(answer).toMatchObject({ state: 'requested', subject: { kind: 'advisor', id: firm.advisorId } })
  expect(answer.erases.length).toBeGreaterThan(3)
  await world.drainJobs(world.handlers)

  const [advisor] = await world.db.read.select().from(advisors).where(eq(advisors.id, firm.advisorId))
  const [user] = await world.db.read.select().from(users).where(eq(users.id, firm.userId))
  expect(advisor).toMatchObject({ status: 'erased', displayName: 'Closed account' })
  expect(user).toMatchObject({ status: 'erased', passwordHash: '', totpSecret: null })
  expect([await keysOf(firm.advisorId), await keysOf(firm.userId)]).toEqual([0, 0])
  expect(await world.sessions.list(firm.userId)).toEqual([])
  await expect(world.as(firm.accessToken)).rejects.toMatchObject({ code: 'session_ended' })
  await expect(world.signIn(firm.email)).rejects.toMatchObject({ code: 'invalid_credentials' })
  const [connection] = await world.db.read
    .select()
    .from(whatsappConnections)
    .where(eq(whatsappConnections.advisorId, firm.advisorId))
  expect(connection).toMatchObject({ state: 'revoked' })
  expect(connection?.accessToken.length).toBe(0)
  await expect(realClient().phoneNumber(token, firm.phoneNumberId)).rejects.toMatchObject({ vendorCode: 190 })
  for (const id of recipientIds) expect((await recipient(id))?.state).toBe('erased')
  expect(await retainedOf(firm.userId)).toHaveLength(1)
  expect(await world.auditActions(firm.advisorId)).toContain('erased')

  expect(await getApproval(firm.owner(), { contentId })).toEqual(approval)
  // The address is free for somebody new.
  await world.register(firm.email)
})

test('closing a firm destroys the fingerprints of its refused texts; that they were refused stays as evidence', async () => {
  const [firm, other] = [await playedFirm(world), await playedFirm(world)]
  for (const { owner } of [firm, other]) {
    const { contentId } = await createContent(owner(), { content: 'Assured returns of 15% a year.', submit: true })
    await world.drainJobs(world.handlers)
    await appealVerdict(owner(), { id: contentId, reason: 'It is a quotation.' })
    const [review] = await world.db.read.select().from(schema.reviews).where(eq(schema.reviews.contentId, contentId))
    const officer = makeStaff(world, 'reviewer')
    await claimReview(officer, { id: review?.id ?? '' })
    await rejectReview(officer, { id: review?.id ?? '', reason: 'It is a promise.' })
  }
  const kept = async ({ advisorId }: PlayedFirm) => [
    await world.db.read.$count(schema.refusals, eq(schema.refusals.advisorId, advisorId)),
    (await world.db.read.$count(schema.refusalFingerprints, eq(schema.refusalFingerprints.advisorId, advisorId))) > 0,
  ]
  expect(await kept(firm)).toEqual([1, true])
  await close(firm)
  await world.drainJobs(world.handlers)
  expect(await kept(firm)).toEqual([1, false])
  expect(await kept(other)).toEqual([1, true])
})

test('a wrong password erases nothing, and stands in the log', async () => {
  const firm = await playedFirm(world)
  const wrong = eraseAccount(firm.owner(), { password: 'not-my-password-at-all', confirm: 'ERASE' })
  await expect(wrong).rejects.toMatchObject({ code: 'invalid_credentials' })
  expect((await listErasures(firm.owner(), {})).items).toEqual([])
  expect(await world.auditActions(firm.userId)).toContain('erasure.refused')
})

test('under a legal hold nothing is destroyed, and when it ends the erasure goes on by itself', async () => {
  const firm = await playedFirm(world)
  const { recipientIds } = await sendTo(world, firm, [newPhone()])
  const [id = ''] = recipientIds
  const admin = makeStaff(world, 'admin')
  const hold = await placeHold(admin, { advisorId: firm.advisorId, reason: 'Order of the Board of 24 November' })
  await forget(firm, id)
  await world.drainJobs(world.handlers)
  expect((await recipient(id))?.state).toBe('active')
  expect((await listErasures(firm.owner(), {})).items[0]?.state).toBe('held')
  await releaseHold(admin, { advisorId: firm.advisorId, id: hold.id })
  await world.drainJobs(world.handlers)
  expect((await recipient(id))?.state).toBe('erased')
})

test('a run that was killed between any two steps is repeated, and erases once', async () => {
  const firm = await playedFirm(world)
  await sendTo(world, firm)
  const { id: erasureId } = await close(firm)
  const job = { advisorId: firm.advisorId, erasureId }
  for (let allowed = 1; allowed < 14; allowed++) {
    let used = 0
    const dying = (db: Db): Db => ({
      ...db,
      transaction(...args) {
        used += 1
        if (used > allowed) throw new Error('killed')
        return db.transaction(...args)
      },
      forAdvisor: (advisorId) => dying(db.forAdvisor(advisorId)),
    })
    await runErasure({ ...world.ctx(), db: dying(world.product) }, job).catch((error: Error) => {
      if (error.message !== 'killed') throw error
    })
  }
  await runErasure(world.ctx(), job)
  const entries = await world.auditActions(firm.advisorId)
  expect(entries.filter((action) => action === 'erased')).toHaveLength(1)
  expect(await retainedOf(firm.userId)).toHaveLength(1)
})

test('after a recovery the ledger erases again who was erased since, and only them', async () => {
  const firm = await playedFirm(world)
  const { recipientIds } = await sendTo(world, firm)
  const [id = '', other = ''] = recipientIds
  const before = await recipient(id)
  await forget(firm, id)
  await world.drainJobs(world.handlers)
  // As a backup of before the erasure would bring it back.
  const isErasure = and(eq(schema.erasures.advisorId, firm.advisorId), eq(schema.erasures.subjectId, id))
  await world.db.read.delete(schema.erasures).where(isErasure)
  await world.db.read.delete(retentions).where(eq(retentions.subjectId, id))
  if (before) await world.db.read.update(recipients).set(before).where(eq(recipients.id, id))

  const { listed, erased } = await replayErasures(world.ctx())
  expect(erased).toBe(1)
  expect(listed).toBeGreaterThan(1)
  expect([(await recipient(id))?.state, (await recipient(other))?.state]).toEqual(['erased', 'active'])
  expect(await replayErasures(world.ctx())).toEqual({ listed, erased: 0 })
})

test('after a recovery an operator erases a whole firm again, with nothing but the database, the keys and the ledger', async () => {
  const firm = await playedFirm(world)
  const { db } = world
  const isUser = eq(users.id, firm.userId)
  const isKey = inArray(dataKeys.ownerId, [firm.userId, firm.advisorId])
  const isFirm = eq(advisors.id, firm.advisorId)
  const [[user], keys, [advisor], members] = await Promise.all([
    db.read.select().from(users).where(isUser),
    db.read.select().from(dataKeys).where(isKey),
    db.read.select().from(advisors).where(isFirm),
    db.read.select().from(schema.members).where(eq(schema.members.advisorId, firm.advisorId)),
  ])
  await close(firm)
  await world.drainJobs(world.handlers)
  await db.read.delete(schema.erasures).where(eq(schema.erasures.advisorId, firm.advisorId))
  await db.read.insert(dataKeys).values(keys)
  await db.read
    .update(users)
    .set(user ?? {})
    .where(isUser)
  await db.read
    .update(advisors)
    .set(advisor ?? {})
    .where(isFirm)
  await db.read.insert(schema.members).values(members)

  const { erasureLedger } = world.ctx().settings
  const config = { databaseUrl: world.url, keys: world.keyMaterial, auditOrigin: 'pramaan.test/audit', erasureLedger }
  const operator = await openOperator(config, world.ctx().log)
  expect((await replayErasures(operator.context())).erased).toBe(1)
  await operator.close()
  expect((await db.read.select().from(users).where(isUser))[0]?.status).toBe('erased')
  expect((await db.read.select().from(advisors).where(isFirm))[0]?.status).toBe('erased')
  expect(await db.read.select().from(dataKeys).where(isKey)).toEqual([])
})

test('a ledger that was altered is refused, and a line that a crash has cut is passed over', async () => {
  const path = world.ctx().settings.erasureLedger
  const whole = readFileSync(path, 'utf8')
  const lines = await readLedger(world.keys, path)
  appendFileSync(path, '\n{"erasureId":"0193')
  expect(await readLedger(world.keys, path)).toEqual(lines)
  writeFileSync(path, whole.replace('"subjectKind":"recipient"', '"subjectKind":"person"'))
  await expect(readLedger(world.keys, path)).rejects.toThrow('was altered')
  writeFileSync(path, whole)
  await expect(readLedger(world.keys, `${path}.gone`)).rejects.toThrow('ENOENT')
})
