import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import {
  createContent,
  getContent,
  listContent,
  listVersions,
  moveContent,
  reviseContent,
  submitContent,
  withdrawContent,
} from './index.ts'

const world = await testWorld()
const TEXT = 'A monthly SIP builds the habit of saving.'

const jobsFor = async (contentId: string) => {
  const rows = await world.db.read.select().from(schema.outbox)
  return rows
    .map((row) => (row.payload as { data: { contentId: string; stage: number; versionId: string } }).data)
    .filter((data) => data.contentId === contentId)
}
const versionsOf = (contentId: string) =>
  world.db.read.select().from(schema.contentVersions).where(eq(schema.contentVersions.contentId, contentId))

const setStatus = (contentId: string, status: 'published' | 'rejected' | 'in_review' | 'approved' | 'scheduled') =>
  world.db.read.update(schema.contents).set({ status }).where(eq(schema.contents.id, contentId))

test('a draft is kept as written, with its first version and entry, and nothing is checked', async () => {
  const advisor = await makeAdvisor(world)
  const made = await createContent(advisor.owner(), { content: `${TEXT}\n`, topic: 'sip', externalId: 'crm-1' })
  expect(made).toMatchObject({ status: 'draft', estimatedApprovalTime: null })
  expect(await getContent(advisor.member(), { id: made.contentId })).toEqual({
    contentId: made.contentId,
    versionId: made.versionId,
    versionNumber: 1,
    status: 'draft',
    topic: 'sip',
    externalId: 'crm-1',
    content: `${TEXT}\n`,
    channel: 'whatsapp',
    audience: 'clients',
    language: null,
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    createdAt: world.clock.now().toISOString(),
    updatedAt: world.clock.now().toISOString(),
  })
  expect(await world.auditActions(made.contentId)).toEqual(['content.created'])
  expect(await jobsFor(made.contentId)).toEqual([])
})

test('a submitted text is on its way to stage 1 in the commit that made it', async () => {
  const advisor = await makeAdvisor(world)
  const { contentId, versionId, ...rest } = await createContent(advisor.owner(), { content: TEXT, submit: true })
  expect(rest).toEqual({ status: 'checking', estimatedApprovalTime: '2026-11-27T06:30:00.000Z' })
  expect(await world.auditActions(contentId)).toEqual(['content.created', 'content.submitted'])
  expect(await jobsFor(contentId)).toEqual([expect.objectContaining({ versionId, stage: 1 })])
})

test('the same externalId twice is a conflict that leaves nothing behind; another advisor may use it', async () => {
  const advisor = await makeAdvisor(world)
  await createContent(advisor.owner(), { content: TEXT, externalId: 'crm-7' })
  const again = createContent(advisor.owner(), { content: 'Another text', externalId: 'crm-7', submit: true })
  await expect(again).rejects.toMatchObject({ code: 'conflict' })
  expect((await listContent(advisor.owner(), {})).items).toHaveLength(1)
  const other = await makeAdvisor(world)
  await createContent(other.owner(), { content: TEXT, externalId: 'crm-7' })
})

test('strangers and staff write nothing', async () => {
  const input = { content: TEXT }
  await expect(createContent(world.ctx({ kind: 'anonymous' }), input)).rejects.toMatchObject({
    code: 'unauthenticated',
  })
  for (const role of ['reviewer', 'admin', 'inspector'] as const) {
    await expect(createContent(makeStaff(world, role), input)).rejects.toMatchObject({ code: 'forbidden' })
  }
})

test('saving the same text changes nothing; one character is a new version', async () => {
  const advisor = await makeAdvisor(world)
  const made = await createContent(advisor.owner(), { content: TEXT, language: 'en' })
  const same = await reviseContent(advisor.member(), { id: made.contentId, content: `${TEXT}  \n` })
  expect(same).toMatchObject({ versionId: made.versionId, status: 'draft' })
  expect(await world.auditActions(made.contentId)).toEqual(['content.created'])
  const changed = await reviseContent(advisor.member(), { id: made.contentId, content: `${TEXT}!` })
  expect(changed.versionId).not.toBe(made.versionId)
  expect(await getContent(advisor.owner(), { id: made.contentId })).toMatchObject({
    versionNumber: 2,
    content: `${TEXT}!`,
    language: 'en',
  })
  const versions = await listVersions(advisor.owner(), { id: made.contentId })
  expect(versions.items.map((version) => [version.number, version.content])).toEqual([
    [2, `${TEXT}!`],
    [1, TEXT],
  ])
  expect(await world.auditActions(made.contentId)).toEqual(['content.created', 'content.revised'])
})

test('the same text with submit is submitted as it stands', async () => {
  const advisor = await makeAdvisor(world)
  const made = await createContent(advisor.owner(), { content: TEXT })
  const sent = await reviseContent(advisor.owner(), { id: made.contentId, content: TEXT, submit: true })
  expect(sent).toMatchObject({ versionId: made.versionId, status: 'checking' })
  const again = await reviseContent(advisor.owner(), { id: made.contentId, content: TEXT, submit: true })
  expect(again).toMatchObject({ versionId: made.versionId, status: 'checking' })
  expect(await jobsFor(made.contentId)).toHaveLength(1)
})

test.each(['in_review', 'approved', 'rejected'] as const)(
  'a text that is %s goes back to draft when it changes',
  async (status) => {
    const advisor = await makeAdvisor(world)
    const made = await createContent(advisor.owner(), { content: TEXT })
    await setStatus(made.contentId, status)
    expect(await reviseContent(advisor.owner(), { id: made.contentId, content: 'New words' })).toMatchObject({
      status: 'draft',
    })
  },
)

test.each(['published', 'scheduled'] as const)(
  'a text that is %s cannot be changed, only withdrawn',
  async (status) => {
    const advisor = await makeAdvisor(world)
    const { contentId } = await createContent(advisor.owner(), { content: TEXT })
    await setStatus(contentId, status)
    const change = reviseContent(advisor.owner(), { id: contentId, content: 'New words' })
    await expect(change).rejects.toMatchObject({ code: 'invalid_state' })
    expect(await withdrawContent(advisor.owner(), { id: contentId })).toMatchObject({ status: 'withdrawn' })
  },
)

test('what a reviewer rejected is not submitted again as it stands', async () => {
  const advisor = await makeAdvisor(world)
  const { contentId } = await createContent(advisor.owner(), { content: TEXT })
  await setStatus(contentId, 'rejected')
  await expect(submitContent(advisor.owner(), { id: contentId })).rejects.toMatchObject({ code: 'invalid_state' })
})

test('of ten who revise at once one wins, and the others are told', async () => {
  const advisor = await makeAdvisor(world)
  const { contentId } = await createContent(advisor.owner(), { content: TEXT })
  const all = await Promise.allSettled(
    Array.from({ length: 10 }, (_, n) => reviseContent(advisor.owner(), { id: contentId, content: `Version ${n}` })),
  )
  const won = all.filter((one) => one.status === 'fulfilled')
  for (const one of all) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'conflict' })
  expect(await versionsOf(contentId)).toHaveLength(1 + won.length)
  const { versionNumber } = await getContent(advisor.owner(), { id: contentId })
  expect(versionNumber).toBe(1 + won.length)
})

test('of ten who submit at once one starts a check', async () => {
  const advisor = await makeAdvisor(world)
  const { contentId } = await createContent(advisor.owner(), { content: TEXT })
  const all = await Promise.allSettled(
    Array.from({ length: 10 }, () => submitContent(advisor.member(), { id: contentId })),
  )
  expect(all.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
  expect(await jobsFor(contentId)).toHaveLength(1)
})

test('a text can be withdrawn once, and submitted again afterwards', async () => {
  const advisor = await makeAdvisor(world)
  const { contentId } = await createContent(advisor.owner(), { content: TEXT, submit: true })
  expect(await withdrawContent(advisor.owner(), { id: contentId })).toMatchObject({ status: 'withdrawn' })
  await expect(withdrawContent(advisor.owner(), { id: contentId })).rejects.toMatchObject({ code: 'invalid_state' })
  expect(await submitContent(advisor.owner(), { id: contentId })).toMatchObject({ status: 'checking' })
})

test("another advisor's text does not exist", async () => {
  const advisor = await makeAdvisor(world)
  const stranger = (await makeAdvisor(world)).owner()
  const { contentId: id } = await createContent(advisor.owner(), { content: TEXT })
  const attempts = [
    () => getContent(stranger, { id }),
    () => listVersions(stranger, { id }),
    () => submitContent(stranger, { id }),
    () => withdrawContent(stranger, { id }),
    () => reviseContent(stranger, { id, content: 'Mine now' }),
  ]
  for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'not_found' })
})

test('a move about an older version, or from a state that does not allow it, moves nothing', async () => {
  const advisor = await makeAdvisor(world)
  const made = await createContent(advisor.owner(), { content: TEXT, submit: true })
  const ids = { advisorId: advisor.advisorId, contentId: made.contentId }
  const move = (versionId: string, event: 'require_review' | 'publish') =>
    world.db.transaction((tx) =>
      moveContent({ ...world.ctx(), tx, outbox: { filled: false } }, { ...ids, versionId, event }),
    )
  expect(await move(world.ctx().newId(), 'require_review')).toBeNull()
  expect(await move(made.versionId, 'publish')).toBeNull()
  expect(await move(made.versionId, 'require_review')).toEqual({ from: 'checking', to: 'in_review' })
  expect(await move(made.versionId, 'require_review')).toBeNull()
  const approving = world.db.transaction((tx) =>
    moveContent(
      { ...world.ctx(), tx, outbox: { filled: false } },
      { ...ids, versionId: made.versionId, event: 'approve' },
    ),
  )
  await expect(approving).rejects.toThrow(/forbids approve/)
})
