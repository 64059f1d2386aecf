import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Actor } from '../platform/context.ts'
import {
  addLicence,
  getProfile,
  importRegister,
  listLicenceQueue,
  listLicences,
  openEvidence,
  refuseLicence,
  submitEvidence,
  sweepLicences,
  verifyLicence,
} from './index.ts'
import { identityWorld } from './testing.ts'

const world = await identityWorld()
const { licenceEvidence, licences } = schema
const admin: Actor = { kind: 'user', userId: world.ctx().newId(), role: 'admin', memberRole: null, sessionId: 's' }
const asAdmin = () => world.ctx(admin)
const MINUTE_MS = 60_000

async function firm() {
  const owner = await world.person()
  const { view } = await world.signIn(owner.email)
  const ctx = await world.as(view.accessToken)
  const [licence] = (await listLicences(ctx, {})).items
  return { ...owner, ctx, id: licence?.id ?? '', number: licence?.number ?? '' }
}
const stateOf = async (id: string) => (await world.db.read.select().from(licences).where(eq(licences.id, id)))[0]?.state
const reference = { type: 'reference' as const, data: 'Letter of AMFI of 3 November 2026' }
const pdf = Buffer.from('%PDF-1.7\n%\u00e2 a scan of the certificate\n%%EOF').toString('base64')

/** Moves the clock to a moment, which must not be past. */
function goTo(time: string): void {
  world.clock.advance(new Date(time).getTime() - world.clock.now().getTime())
}

test('a right format is claimed, never verified, with and without its EUIN', async () => {
  const { ctx } = await firm()
  const added = await addLicence(ctx, { type: 'MFD', number: 'ARN-77001', euin: 'E123456' })
  expect(added).toMatchObject({ state: 'claimed', euin: 'E123456', validUntil: null })
  expect(await addLicence(ctx, { type: 'RA', number: 'INH000012345' })).toMatchObject({ state: 'claimed', euin: null })
  await expect(addLicence(ctx, { type: 'MFD', number: 'ARN-77001' })).rejects.toMatchObject({ code: 'conflict' })
  for (const claim of [
    { type: 'RA' as const, number: 'INA000012345' },
    { type: 'MFD' as const, number: '77001' },
    { type: 'MFD' as const, number: 'ARN-77002', euin: '123456' },
    { type: 'IA' as const, number: 'INA000012346', euin: 'E123456' },
  ]) {
    await expect(addLicence(ctx, claim)).rejects.toThrow()
  }
  const { items } = await listLicences(ctx, {})
  expect(items.map(({ type, state }) => `${type} ${state}`)).toEqual(['MFD claimed', 'MFD claimed', 'RA claimed'])
  expect((await getProfile(ctx, {})).profile.licences).toHaveLength(3)
})

test('a firm holds at most twenty licences, also when it claims many at once', async () => {
  const { ctx } = await firm()
  const claims = Array.from({ length: 30 }, (_, index) =>
    addLicence(ctx, { type: 'MFD', number: `ARN-${80_000 + index}` }),
  )
  const results = await Promise.allSettled(claims)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(19)
})

test('evidence makes a claimed licence wait for a decision; it is kept encrypted and shown to an administrator', async () => {
  const { ctx, id, advisorId } = await firm()
  const submitted = await submitEvidence(ctx, { id, type: 'pdf', data: pdf })
  expect(submitted).toMatchObject({ licence: { state: 'evidence' }, evidence: { type: 'pdf' } })
  await submitEvidence(ctx, { id, ...reference })
  const [row] = await world.db.read.select().from(licenceEvidence).where(eq(licenceEvidence.licenceId, id))
  expect(row?.document.includes(Buffer.from(pdf))).toBe(false)
  expect(row?.document.includes(Buffer.from('%PDF-'))).toBe(false)
  const { items } = await listLicenceQueue(asAdmin(), { state: 'evidence', limit: 100 })
  const queued = items.find((item) => item.id === id)
  expect(queued).toMatchObject({ advisor: { id: advisorId, displayName: 'Verma Advisory' }, number: 'ARN-123456' })
  expect(queued?.evidence.map(({ type }) => type)).toEqual(['pdf', 'reference'])
  const evidenceId = submitted.evidence.id
  expect(await openEvidence(asAdmin(), { id, evidenceId })).toMatchObject({ type: 'pdf', data: pdf })
  await expect(openEvidence(ctx, { id, evidenceId })).rejects.toMatchObject({ code: 'forbidden' })
  expect(await world.auditActions(id)).toEqual([
    'licence.evidence_submitted',
    'licence.evidence_submitted',
    'licence.evidence_opened',
  ])
  expect(await verifyLicence(asAdmin(), { id })).toMatchObject({ state: 'verified' })
  await expect(submitEvidence(ctx, { id, ...reference })).rejects.toMatchObject({ code: 'invalid_state' })
})

test('a refused licence comes back with evidence', async () => {
  const { ctx, id } = await firm()
  await refuseLicence(asAdmin(), { id, note: 'not in the register' })
  expect(await submitEvidence(ctx, { id, ...reference })).toMatchObject({ licence: { state: 'evidence' } })
})

test('a document is what its first bytes say, and no larger than it may be', async () => {
  const { ctx, id } = await firm()
  const bytes = (first: number[], size: number) =>
    Buffer.concat([Buffer.from(first), Buffer.alloc(size - first.length)])
  const jpeg = [0xff, 0xd8, 0xff, 0xe0]
  const largest = 150 * 1024
  const html = Buffer.from('<script>alert(1)</script>').toString('base64')
  for (const type of ['pdf', 'png', 'jpeg'] as const) {
    await expect(submitEvidence(ctx, { id, type, data: html })).rejects.toMatchObject({ code: 'invalid_input' })
  }
  await expect(submitEvidence(ctx, { id, type: 'png', data: pdf })).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(submitEvidence(ctx, { id, type: 'pdf', data: 'no base64!' })).rejects.toThrow()
  const tooLarge = bytes(jpeg, largest + 1).toString('base64')
  await expect(submitEvidence(ctx, { id, type: 'jpeg', data: tooLarge })).rejects.toThrow()
  expect(await stateOf(id)).toBe('claimed')
  const fits = await submitEvidence(ctx, { id, type: 'jpeg', data: bytes(jpeg, largest).toString('base64') })
  expect(fits.evidence.size).toBe(largest)
})

test('evidence of another firm is not found, and cannot be altered afterwards', async () => {
  const [mine, theirs] = [await firm(), await firm()]
  await expect(submitEvidence(mine.ctx, { id: theirs.id, ...reference })).rejects.toMatchObject({ code: 'not_found' })
  const { evidence } = await submitEvidence(theirs.ctx, { id: theirs.id, ...reference })
  await expect(openEvidence(asAdmin(), { id: mine.id, evidenceId: evidence.id })).rejects.toMatchObject({
    code: 'not_found',
  })
  const update = world.db.read.update(licenceEvidence).set({ size: 1 }).where(eq(licenceEvidence.id, evidence.id))
  await expect(update).rejects.toThrow()
  await expect(world.db.read.delete(licenceEvidence).where(eq(licenceEvidence.id, evidence.id))).rejects.toThrow()
})

test('a licence lapses with the day in India: still there at 23:59, gone at 00:00', async () => {
  const { ctx, id, email } = await firm()
  goTo('2026-12-01T06:30:00.000Z')
  // The last day on which it counts is 15 January 2027.
  const { validUntil } = await verifyLicence(asAdmin(), { id, validUntil: '2027-01-15' })
  expect(validUntil).toBe('2027-01-15T18:30:00.000Z')
  // 31 days are left on 15 December, 30 from midnight on.
  goTo('2026-12-15T18:29:00.000Z')
  await sweepLicences(world.ctx())
  expect(await stateOf(id)).toBe('verified')
  world.clock.advance(MINUTE_MS)
  await sweepLicences(world.ctx())
  expect(await stateOf(id)).toBe('lapsing')
  expect(await submitEvidence(ctx, { id, ...reference })).toMatchObject({ licence: { state: 'lapsing' } })
  goTo('2027-01-15T18:29:00.000Z')
  await sweepLicences(world.ctx())
  expect(await stateOf(id)).toBe('lapsing')
  world.clock.advance(MINUTE_MS)
  await sweepLicences(world.ctx())
  expect(await stateOf(id)).toBe('lapsed')
  expect(await sweepLicences(world.ctx())).toEqual({ moved: 0 })
  const actions = await world.auditActions(id)
  expect(actions.filter((action) => action.startsWith('licence.laps'))).toEqual(['licence.lapsing', 'licence.lapsed'])
  await world.deliverMail()
  const subjects = world.outbox.filter(({ to }) => to === email).map(({ subject }) => subject)
  expect(subjects).toContain('A licence runs out within 30 days')
  expect(subjects).toContain('A licence has run out')
  expect(await submitEvidence(ctx, { id, ...reference })).toMatchObject({ licence: { state: 'evidence' } })
})

test('a licence without an end never lapses by the calendar, and a renewal sets it right', async () => {
  const [endless, renewed] = [await firm(), await firm()]
  await verifyLicence(asAdmin(), { id: endless.id })
  const soon = new Date(world.clock.now().getTime() + 10 * 24 * 3_600_000).toISOString()
  await verifyLicence(asAdmin(), { id: renewed.id, validUntil: soon })
  await sweepLicences(world.ctx())
  expect([await stateOf(endless.id), await stateOf(renewed.id)]).toEqual(['verified', 'lapsing'])
  const later = new Date(world.clock.now().getTime() + 400 * 24 * 3_600_000).toISOString()
  await verifyLicence(asAdmin(), { id: renewed.id, validUntil: later })
  expect(await sweepLicences(world.ctx())).toEqual({ moved: 0 })
})

test('ten sweeps at once move a licence once, and tell its owner once', async () => {
  const { id, email } = await firm()
  const validUntil = new Date(world.clock.now().getTime() + 24 * 3_600_000).toISOString()
  await verifyLicence(asAdmin(), { id, validUntil })
  const sweeps = await Promise.all(Array.from({ length: 10 }, () => sweepLicences(world.ctx())))
  expect(sweeps.reduce((sum, { moved }) => sum + moved, 0)).toBe(1)
  await world.deliverMail()
  const told = world.outbox.filter((mail) => mail.to === email && mail.subject.includes('30 days'))
  expect(told).toHaveLength(1)
})

const today = () => world.clock.now().toISOString().slice(0, 10)

test('a list of the register informs the administrator and verifies nothing', async () => {
  const { id, ctx } = await firm()
  const claim = await addLicence(ctx, { type: 'IA', number: 'INA000099001' })
  const standingOf = async (licenceId: string) => {
    const seen = new Map<string, unknown>()
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await listLicenceQueue(asAdmin(), { limit: 100, ...(cursor === undefined ? {} : { cursor }) })
      for (const item of page.items) seen.set(item.id, item.register)
      more = page.nextCursor !== null
      cursor = page.nextCursor ?? undefined
    }
    return seen.get(licenceId)
  }
  expect(await standingOf(claim.id)).toMatchObject({ standing: 'unknown' })
  const csv = 'number,name,validUntil\nINA000099001,"Verma, Asha",31-12-2030\nINA000099002,Somebody Else,\n'
  expect(await importRegister(asAdmin(), { type: 'IA', listedOn: today(), csv })).toEqual({
    type: 'IA',
    listedOn: today(),
    entries: 2,
    complete: true,
    total: 2,
    gone: 0,
  })
  expect(await standingOf(claim.id)).toEqual({
    standing: 'listed',
    name: 'Verma, Asha',
    validUntil: '2030-12-31T18:30:00.000Z',
    listedOn: today(),
  })
  expect(await standingOf(id)).toMatchObject({ standing: 'unknown' })
  expect(await stateOf(claim.id)).toBe('claimed')
  const absent = await addLicence(ctx, { type: 'IA', number: 'INA000099003' })
  expect(await standingOf(absent.id)).toMatchObject({ standing: 'absent' })
  expect(await verifyLicence(asAdmin(), { id: claim.id })).toMatchObject({ validUntil: '2030-12-31T18:30:00.000Z' })
})

test('a number that left the register is lapsing for 30 days at most, unless an administrator decides', async () => {
  const [first, second] = [await firm(), await firm()]
  const numbers = ['INH000088001', 'INH000088002', 'INH000088003', 'INH000088004'] as const
  const gone = await addLicence(first.ctx, { type: 'RA', number: numbers[0] })
  const kept = await addLicence(second.ctx, { type: 'RA', number: numbers[1] })
  const never = await addLicence(second.ctx, { type: 'RA', number: 'INH000088099' })
  const listOf = (...listed: string[]) => `number,name\n${listed.map((number) => `${number},Somebody`).join('\n')}\n`
  await importRegister(asAdmin(), { type: 'RA', listedOn: today(), csv: listOf(...numbers) })
  for (const { id } of [gone, kept, never]) await verifyLicence(asAdmin(), { id })
  world.clock.advance(24 * 3_600_000)
  // A part of a list says nothing about what it lacks.
  const part = { type: 'RA' as const, listedOn: today() }
  await importRegister(asAdmin(), { ...part, csv: listOf(numbers[1], numbers[2]), complete: false })
  await sweepLicences(world.ctx())
  expect(await stateOf(gone.id)).toBe('verified')
  expect(await importRegister(asAdmin(), { ...part, csv: listOf(numbers[3]) })).toMatchObject({ total: 3, gone: 1 })
  expect(await sweepLicences(world.ctx())).toEqual({ moved: 1 })
  expect([await stateOf(gone.id), await stateOf(kept.id), await stateOf(never.id)]).toEqual([
    'lapsing',
    'verified',
    'verified',
  ])
  const ofLicence = and(eq(schema.auditEntries.objectId, gone.id), eq(schema.auditEntries.action, 'licence.lapsing'))
  const [entry] = await world.db.read.select().from(schema.auditEntries).where(ofLicence)
  expect(entry?.body.reason).toBe(`not on the list of ${today()}`)
  // An administrator who decides after the list came has the last word.
  await verifyLicence(asAdmin(), { id: gone.id, note: 'asked the regulator' })
  expect(await sweepLicences(world.ctx())).toEqual({ moved: 0 })
  // The next list takes the other number away, and nobody decides.
  world.clock.advance(24 * 3_600_000)
  await importRegister(asAdmin(), { type: 'RA', listedOn: today(), csv: listOf(numbers[2], numbers[3]) })
  await sweepLicences(world.ctx())
  expect(await stateOf(kept.id)).toBe('lapsing')
  world.clock.advance(31 * 24 * 3_600_000)
  await sweepLicences(world.ctx())
  expect(await stateOf(kept.id)).toBe('lapsed')
})

test('a broken download takes nobody off the register', async () => {
  const numbers = Array.from({ length: 10 }, (_, index) => `LIC0007700${index}`)
  const listOf = (listed: string[]) => `number,name\n${listed.map((number) => `${number},Agent`).join('\n')}`
  const list = { type: 'INS' as const, listedOn: today() }
  await importRegister(asAdmin(), { ...list, csv: listOf(numbers) })
  world.clock.advance(24 * 3_600_000)
  const next = { type: 'INS' as const, listedOn: today() }
  const half = importRegister(asAdmin(), { ...next, csv: listOf(numbers.slice(0, 4)) })
  await expect(half).rejects.toMatchObject({ code: 'conflict' })
  expect(await world.db.read.$count(schema.licenceRegister, eq(schema.licenceRegister.listedOn, next.listedOn))).toBe(0)
  const older = importRegister(asAdmin(), { ...list, listedOn: '2020-01-01', csv: listOf(numbers) })
  await expect(older).rejects.toMatchObject({ code: 'conflict' })
  const tomorrow = new Date(world.clock.now().getTime() + 2 * 24 * 3_600_000).toISOString().slice(0, 10)
  const early = importRegister(asAdmin(), { ...list, listedOn: tomorrow, csv: listOf(numbers) })
  await expect(early).rejects.toMatchObject({ code: 'invalid_input' })
  for (const csv of ['number,name\nnot a number,X', 'name,validUntil\nX,2027-01-01', 'number,name\n']) {
    await expect(importRegister(asAdmin(), { ...next, csv })).rejects.toMatchObject({ code: 'invalid_input' })
  }
})
