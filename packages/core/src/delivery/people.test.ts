import { schema } from '@pramaan/db'
import { and, asc, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { disconnectWhatsapp, getConnection, listRecipients, listReplies, shareContent } from './index.ts'
import { phoneHash } from './recipient-address.ts'
import { about, type StandingFirm, standingFirm } from './testing/standing-firm.ts'
import {
  approvedContent,
  connectedFirm,
  deliver,
  HANDLERS,
  makeCampaign,
  messagesOf,
  signed,
  whatsappWorld,
} from './testing/whatsapp-firm.ts'

const world = await whatsappWorld()
const { consents, recipients, replies } = schema

const BSUID = 'IN.77120394856610293847'
const peopleOf = (firm: StandingFirm) =>
  world.db.read.select().from(recipients).where(eq(recipients.advisorId, firm.advisorId)).orderBy(asc(recipients.id))
const noticesOf = async (firm: StandingFirm) => {
  const { rows } = await world.db.pool.query(
    `select from pgboss.job where name = 'identity.send-mail' and data->'data'->>'topic' = 'reply_received'
     and data->'data'->>'advisorId' = $1`,
    [firm.advisorId],
  )
  return rows.length
}

test('what somebody wrote is kept encrypted, opens the conversation for a day, and its owners are told', async () => {
  const firm = await standingFirm(world)
  await deliver(world, [signed(about(firm, '20-inbound.text')), signed(about(firm, '24-inbound.image'))])
  const { items } = await listReplies(firm.owner(), {})
  expect(items.map(({ kind, text, mediaId }) => [kind, text, mediaId]).sort()).toEqual([
    ['image', 'invoice', '884120557301946'],
    ['text', 'Is the offer still on? 😀', null],
  ])
  const rows = await world.db.read.select().from(replies).where(eq(replies.advisorId, firm.advisorId))
  expect(rows.every(({ body }) => body !== null && !body.toString('utf8').includes('offer'))).toBe(true)
  const [person] = await peopleOf(firm)
  expect(person?.lastInboundAt).toEqual(new Date(1_790_846_500_000))
  const told = await world.db.read
    .select()
    .from(schema.auditEntries)
    .where(and(eq(schema.auditEntries.objectId, person?.id ?? ''), eq(schema.auditEntries.action, 'reply.received')))
  expect(told).toHaveLength(2)
  expect(await noticesOf(firm)).toBe(2)
  await expect(listReplies((await standingFirm(world)).owner(), {})).resolves.toMatchObject({ items: [] })
})

test('what PostgreSQL keeps in no text can be written by anybody, and is kept all the same', async () => {
  const firm = await standingFirm(world)
  const inbound = JSON.parse(about(firm, '20-inbound.text'))
  const { value } = inbound.entry[0].changes[0]
  value.messages[0].text.body = 'a\u0000b \ud800'
  value.contacts[0].profile.name = 'Ravi\u0000'
  await deliver(world, [signed(inbound)])
  expect((await listReplies(firm.owner(), {})).items).toMatchObject([{ text: expect.stringMatching(/^a\u0000b /) }])
})

test('somebody who only has a user name is on record without a phone and without consent, so nothing goes out to them', async () => {
  const firm = await standingFirm(world)
  await deliver(world, [signed(about(firm, '25-inbound.text.bsuid-only'))])
  const { items } = await listRecipients(firm.owner(), {})
  expect(items.find((item) => item.phone === null)).toMatchObject({ name: 'Meera', state: 'active' })
  const stranger = (await peopleOf(firm)).find((row) => row.phone === null)
  const ledger = world.db.read
    .select()
    .from(consents)
    .where(eq(consents.recipientId, stranger?.id ?? ''))
  expect(await ledger).toEqual([])
})

test('when phone and id appear together, two records become one, with the stricter wish of the two', async () => {
  const firm = await standingFirm(world)
  const stop = JSON.parse(about(firm, '25-inbound.text.bsuid-only'))
  const { value } = stop.entry[0].changes[0]
  value.messages[0].text.body = 'STOP'
  await deliver(world, [signed(stop)])
  expect((await peopleOf(firm)).map(({ state }) => state).sort()).toEqual(['active', 'opted_out'])
  value.messages[0] = {
    ...value.messages[0],
    id: `${value.messages[0].id}2`,
    from: firm.phone.slice(1),
    text: { body: 'hello' },
  }
  await deliver(world, [signed(stop)])
  const people = await peopleOf(firm)
  expect(people).toHaveLength(1)
  expect(people[0]).toMatchObject({ id: firm.recipientId, state: 'opted_out' })
  expect(people[0]?.bsuidHash).not.toBeNull()
  const ledger = await world.db.read.select().from(consents).where(eq(consents.recipientId, firm.recipientId))
  expect(ledger.map(({ action }) => action).sort()).toEqual(['granted', 'withdrawn'])
  expect(await world.auditActions(firm.recipientId)).toContain('recipient.merged')
  const written = await world.db.read.select().from(replies).where(eq(replies.advisorId, firm.advisorId))
  expect(new Set(written.map(({ recipientId }) => recipientId))).toEqual(new Set([firm.recipientId]))
})

test('who changes the number keeps the record, and the old id of WhatsApp is forgotten', async () => {
  const firm = await standingFirm(world)
  await deliver(world, [signed(about(firm, '20-inbound.text'))])
  await deliver(world, [signed(about(firm, '28-inbound.system.user_changed_number'))])
  const [person, ...more] = await peopleOf(firm)
  expect(more).toEqual([])
  expect(person).toMatchObject({ id: firm.recipientId, bsuid: null })
  expect(person?.phoneHash).toEqual(phoneHash(world.keys, firm.advisorId, '+919876509999'))
})

test('a message to somebody without a phone goes by the id of WhatsApp', async () => {
  const firm = await connectedFirm(world)
  await makeCampaign(world, firm, 1)
  const key = await world.db.transaction((tx) => world.keys.dataKeyOf(tx, firm.advisorId))
  const [row] = await world.db.read.select().from(recipients).where(eq(recipients.advisorId, firm.advisorId))
  const place = { table: 'recipients', column: 'bsuid', rowId: row?.id ?? '' }
  const hidden = {
    phone: null,
    phoneHash: null,
    bsuid: world.keys.seal(key, place, BSUID),
    bsuidHash: Buffer.from('x'),
  }
  await world.db.read.update(recipients).set(hidden).where(eq(recipients.advisorId, firm.advisorId))
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toMatchObject([{ person: BSUID }])
})

test('a text to share by hand is what the proof covers, and the proof stands beside it', async () => {
  const firm = await connectedFirm(world)
  const contentId = await approvedContent(world, firm)
  const shared = await shareContent(firm.owner(), { contentId, phone: '+919876543210' })
  expect(shared).toMatchObject({ state: 'shared', contentId })
  expect(shared.text).toContain('ARN-123456')
  expect(shared.link).toBe(`https://wa.me/919876543210?text=${encodeURIComponent(shared.text)}`)
  const rows = await world.db.read.select().from(schema.shares).where(eq(schema.shares.contentId, contentId))
  expect(rows).toMatchObject([{ id: shared.id, approvalId: shared.approvalId, versionHash: shared.versionHash }])
  expect(await world.auditActions(contentId)).toContain('content.shared')
  const { advisors, licences } = schema
  const setStatus = (status: 'active' | 'suspended') =>
    world.db.read.update(advisors).set({ status }).where(eq(advisors.id, firm.advisorId))
  await setStatus('suspended')
  await expect(shareContent(firm.owner(), { contentId })).rejects.toMatchObject({ code: 'invalid_state' })
  await setStatus('active')
  await world.db.read.update(licences).set({ state: 'lapsed' }).where(eq(licences.advisorId, firm.advisorId))
  await expect(shareContent(firm.owner(), { contentId })).rejects.toMatchObject({ code: 'no_valid_proof' })
})

test('giving up the number destroys its token, and holds what is being sent', async () => {
  const firm = await standingFirm(world, 'queued')
  const gone = await disconnectWhatsapp(firm.owner(), {})
  expect(gone).toMatchObject({ state: 'revoked' })
  expect(await getConnection(firm.owner(), {})).toBeNull()
  expect(await world.auditActions(firm.campaignId)).toEqual(['campaign.held'])
  const { whatsappConnections } = schema
  const [row] = await world.db.read.select().from(whatsappConnections).where(eq(whatsappConnections.id, gone.id))
  const place = { table: 'whatsapp_connections', column: 'access_token', rowId: gone.id }
  expect(await world.keys.open(world.db.read, firm.advisorId, place, row?.accessToken ?? Buffer.of())).toBe('')
  await expect(disconnectWhatsapp(firm.owner(), {})).rejects.toMatchObject({ code: 'not_found' })
})
