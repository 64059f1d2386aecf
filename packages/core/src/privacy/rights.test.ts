import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeStaff } from '../../testing/factories.ts'
import { listRecipients } from '../delivery/index.ts'
import { correctPerson } from '../identity/index.ts'
import { PASSWORD } from '../identity/testing.ts'
import type { Ctx } from '../platform/context.ts'
import {
  answerGrievance,
  eraseAccount,
  exportPerson,
  listBreaches,
  listConsents,
  listGrievances,
  listOpenGrievances,
  nominate,
  raiseGrievance,
  recordBreach,
  recordConsent,
  reportBreach,
  sweepDuties,
} from './index.ts'
import { playedFirm, privacyWorld } from './testing.ts'

const world = await privacyWorld()
const HOUR_MS = 3_600_000
const later = (ctx: Ctx, hours: number): Ctx => ({
  ...ctx,
  now: () => new Date(world.clock.now().getTime() + hours * HOUR_MS),
})

async function someone() {
  const person = await world.person()
  const { accessToken } = (await world.signIn(person.email)).view
  return { ...person, ctx: () => world.as(accessToken) }
}

test('consent is given and taken back by the same call, and the ledger keeps both with their proof', async () => {
  const { ctx, userId } = await someone()
  const notice = { purpose: 'product_news' as const, noticeVersion: '2026-11', language: 'hi' as const }
  const given = await recordConsent(await ctx(), { ...notice, action: 'granted' })
  expect(given.standing).toContainEqual({ purpose: 'product_news', granted: true })
  const taken = await recordConsent(await ctx(), { ...notice, action: 'withdrawn' })
  expect(taken.standing).toContainEqual({ purpose: 'product_news', granted: false })
  const { items, standing } = await listConsents(await ctx(), {})
  expect(items.map(({ action, noticeVersion, language }) => [action, noticeVersion, language])).toEqual([
    ['withdrawn', '2026-11', 'hi'],
    ['granted', '2026-11', 'hi'],
  ])
  expect(items.every(({ requestId }) => requestId.length > 0)).toBe(true)
  // What nobody was asked about is not granted.
  expect(standing).toContainEqual({ purpose: 'usage_research', granted: false })
  expect(await world.auditActions(userId)).toEqual(expect.arrayContaining(['consent.granted', 'consent.withdrawn']))
})

test('a person gets everything about themselves in clear, and nothing about others; the reading stands in the log', async () => {
  const [one, other] = [await someone(), await someone()]
  await nominate(await one.ctx(), { name: 'Ravi Verma', contact: 'ravi@example.test' })
  await raiseGrievance(await one.ctx(), { text: 'My name is spelled wrong.' })
  await recordConsent(await one.ctx(), { purpose: 'usage_research', action: 'granted', noticeVersion: '1' })
  expect(await correctPerson(await one.ctx(), { fullName: 'Asha K. Verma' })).toMatchObject({ id: one.userId })
  const all = await exportPerson(await one.ctx(), {})
  expect(all).toMatchObject({
    person: { id: one.userId, email: one.email, fullName: 'Asha K. Verma', secondFactor: false },
    firm: { id: one.advisorId, role: 'owner' },
    nominee: { name: 'Ravi Verma', contact: 'ravi@example.test' },
    grievances: [{ text: 'My name is spelled wrong.', state: 'open' }],
    consents: [{ purpose: 'usage_research', action: 'granted' }],
    erasures: [],
  })
  expect(all.categories.find(({ data }) => data === 'users')?.columns).toContain('email')
  expect(JSON.stringify(all)).not.toContain(other.userId)
  expect(await world.auditActions(one.advisorId)).toContain('personal_data.read')
})

test('a grievance is answered once, within ninety days, and one that is late raises the alarm once', async () => {
  const { ctx } = await someone()
  const admin = makeStaff(world, 'admin')
  const { id, raisedAt, dueAt } = await raiseGrievance(await ctx(), { text: 'Nobody answers me.' })
  expect(new Date(dueAt).getTime() - new Date(raisedAt).getTime()).toBe(90 * 24 * HOUR_MS)
  await sweepDuties(later(world.ctx(), 90 * 24 - 1))
  await sweepDuties(later(world.ctx(), 90 * 24))
  await sweepDuties(later(world.ctx(), 90 * 24 + 1))
  expect((await listOpenGrievances(admin, {})).items.map((one) => one.id)).toContain(id)
  expect(await answerGrievance(admin, { id, answer: 'We are sorry.' })).toMatchObject({ state: 'answered' })
  await expect(answerGrievance(admin, { id, answer: 'Again.' })).rejects.toMatchObject({ code: 'not_found' })
  expect((await listGrievances(await ctx(), {})).items[0]).toMatchObject({ answer: 'We are sorry.' })
  expect(await world.auditActions(id)).toEqual(['grievance.raised', 'grievance.overdue', 'grievance.answered'])
})

test('a grievance can be read by nobody once the person is erased', async () => {
  const { ctx, userId } = await someone()
  const { id } = await raiseGrievance(await ctx(), { text: 'Forget me.' })
  await eraseAccount(await ctx(), { password: PASSWORD, confirm: 'ERASE' })
  await world.drainJobs(world.handlers)
  const [row] = await world.db.read.select().from(schema.grievances).where(eq(schema.grievances.id, id))
  const place = { table: 'grievances', column: 'text', rowId: id }
  await expect(world.keys.open(world.db.read, userId, place, row?.text ?? Buffer.alloc(0))).rejects.toThrow('is gone')
})

test('open grievances of people who were erased do not stand in the way of those of others', async () => {
  const [gone, here] = [await someone(), await someone()]
  await raiseGrievance(await gone.ctx(), { text: 'Forget me.' })
  const { id } = await raiseGrievance(await here.ctx(), { text: 'Answer me.' })
  await eraseAccount(await gone.ctx(), { password: PASSWORD, confirm: 'ERASE' })
  await world.drainJobs(world.handlers)
  const { items } = await listOpenGrievances(makeStaff(world, 'admin'), {})
  expect(items.map((one) => one.id)).toContain(id)
})

test('a breach starts a clock of six hours and one of seventy-two; what is late is shown and raises the alarm once', async () => {
  const admin = makeStaff(world, 'admin')
  const noticedAt = world.clock.now().toISOString()
  const { id, clocks } = await recordBreach(admin, {
    summary: 'A laptop with an export was stolen.',
    noticedAt,
    dataConcerned: 'names and phone numbers',
  })
  const dueAfter = (to: string) => {
    const clock = clocks.find((one) => one.to === to)
    return (new Date(clock?.dueAt ?? 0).getTime() - new Date(noticedAt).getTime()) / HOUR_MS
  }
  expect([dueAfter('cert_in'), dueAfter('board')]).toEqual([6, 72])
  await reportBreach(later(admin, 5), { id, to: 'cert_in', reference: 'CERTIN-1234' })
  await sweepDuties(later(world.ctx(), 71))
  await sweepDuties(later(world.ctx(), 72))
  await sweepDuties(later(world.ctx(), 80))
  const actions = await world.auditActions(id)
  expect(actions.filter((action) => action === 'breach.report_overdue')).toHaveLength(2)
  const seen = (await listBreaches(later(admin, 80), {})).items.find((one) => one.id === id)
  expect(seen?.clocks.map(({ to, overdue, reference }) => [to, overdue, reference])).toEqual([
    ['cert_in', false, 'CERTIN-1234'],
    ['board', true, null],
    ['people', true, null],
  ])
  const again = reportBreach(admin, { id, to: 'cert_in', reference: 'CERTIN-1234' })
  await expect(again).rejects.toMatchObject({ code: 'not_found' })
  const future = { summary: 'x', noticedAt: '2099-01-01T00:00:00.000Z', dataConcerned: 'x' }
  await expect(recordBreach(admin, future)).rejects.toMatchObject({ code: 'invalid_input' })
})

test('each look at the list of recipients in clear is in the access log before it is answered', async () => {
  const firm = await playedFirm(world)
  await listRecipients(firm.owner(), {})
  await listRecipients(firm.owner(), {})
  const reads = (await world.auditActions(firm.advisorId)).filter((action) => action === 'personal_data.read')
  expect(reads).toHaveLength(2)
})
