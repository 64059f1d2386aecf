import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import { addRecipient, listRecipients, optOutRecipient } from './index.ts'
import { CONSENT, newPhone, whatsappWorld } from './testing/whatsapp-firm.ts'

const world = await whatsappWorld()
const { consents, recipients } = schema

test('a recipient is added with the consent that was given, and neither phone nor name stands in clear', async () => {
  const advisor = await makeAdvisor(world)
  const phone = newPhone()
  const added = await addRecipient(advisor.member(), { phone, name: 'Ravi Nair', consent: CONSENT })
  expect(added).toMatchObject({ phone, name: 'Ravi Nair', state: 'active' })
  const [row] = await world.db.read.select().from(recipients).where(eq(recipients.id, added.id))
  const stored = JSON.stringify(row, (_, value) =>
    value?.type === 'Buffer' ? Buffer.from(value).toString('latin1') : value,
  )
  expect(stored).not.toContain(phone)
  expect(stored).not.toContain('Ravi')
  const [consent] = await world.db.read.select().from(consents).where(eq(consents.recipientId, added.id))
  expect(consent).toMatchObject({ action: 'granted', purpose: 'marketing', wording: CONSENT.wording })
  expect(consent?.occurredAt.toISOString()).toBe(CONSENT.givenAt)
  expect(await world.auditActions(added.id)).toEqual(['recipient.added'])
})

test('the same phone is refused in one firm and welcome in another, also ten times at once', async () => {
  const [one, other] = [await makeAdvisor(world), await makeAdvisor(world)]
  const input = { phone: newPhone(), consent: CONSENT }
  const all = await Promise.allSettled(Array.from({ length: 10 }, () => addRecipient(one.owner(), input)))
  expect(all.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  for (const result of all) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' })
  const ledger = await world.db.read.select().from(consents).where(eq(consents.advisorId, one.advisorId))
  expect(ledger).toHaveLength(1)
  await addRecipient(other.owner(), input)
})

test.each(['9876543210', '+0123456789', '+91 98765 43210', 'phone'])('%j is no phone number', async (phone) => {
  const advisor = await makeAdvisor(world)
  await expect(addRecipient(advisor.owner(), { phone, consent: CONSENT })).rejects.toThrow(/international form/)
})

test('consent of the future is refused', async () => {
  const advisor = await makeAdvisor(world)
  const consent = { ...CONSENT, givenAt: '2026-11-25T06:30:00.000Z' }
  const refused = addRecipient(advisor.owner(), { phone: newPhone(), consent })
  await expect(refused).rejects.toMatchObject({ code: 'invalid_input' })
})

test('the list holds each recipient once, newest first, and a cursor of another firm is refused', async () => {
  const [advisor, other] = [await makeAdvisor(world), await makeAdvisor(world)]
  const added: string[] = []
  for (let i = 0; i < 5; i++)
    added.unshift((await addRecipient(advisor.owner(), { phone: newPhone(), consent: CONSENT })).id)
  const first = await listRecipients(advisor.owner(), { limit: 3 })
  const cursor = first.nextCursor ?? ''
  await addRecipient(advisor.owner(), { phone: newPhone(), consent: CONSENT })
  const second = await listRecipients(advisor.owner(), { limit: 3, cursor })
  expect([...first.items, ...second.items].map((item) => item.id)).toEqual(added)
  expect(second.nextCursor).toBeNull()
  await expect(listRecipients(other.owner(), { cursor })).rejects.toMatchObject({ code: 'invalid_cursor' })
  expect((await listRecipients(other.owner(), {})).items).toEqual([])
})

test('opting out writes the ledger once, and only in the own firm', async () => {
  const [advisor, other] = [await makeAdvisor(world), await makeAdvisor(world)]
  const { id } = await addRecipient(advisor.owner(), { phone: newPhone(), consent: CONSENT })
  await expect(optOutRecipient(other.owner(), { id })).rejects.toMatchObject({ code: 'not_found' })
  expect(await optOutRecipient(advisor.owner(), { id, source: 'by phone' })).toMatchObject({ state: 'opted_out' })
  expect(await optOutRecipient(advisor.owner(), { id })).toMatchObject({ state: 'opted_out' })
  const ledger = await world.db.read.select().from(consents).where(eq(consents.recipientId, id))
  expect(ledger.map((row) => [row.action, row.source])).toEqual([
    ['granted', CONSENT.source],
    ['withdrawn', 'by phone'],
  ])
  expect(await world.auditActions(id)).toEqual(['recipient.added', 'recipient.opted_out'])
})
