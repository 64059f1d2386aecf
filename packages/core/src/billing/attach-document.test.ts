import { schema } from '@pramaan/db'
import { expect, test } from 'vitest'
import { makeStaff } from '../../testing/factories.ts'
import type { JobHandlers } from '../../testing/index.ts'
import type { MailMessage } from '../clients/mail/index.ts'
import { acceptInvitation, inviteMember, noticeJob, sendMail } from '../identity/index.ts'
import { attachDocument, getInvoice, getInvoicePdf, listInvoices, requestRefund } from './index.ts'
import { billingWorld, HANDLERS } from './testing/billing-world.ts'

const sent: MailMessage[] = []
const mail = {
  send: async (message: MailMessage) => {
    sent.push(message)
  },
  close: () => undefined,
}
const world = await billingWorld({ mail })
const MAIL: JobHandlers = { 'identity.send-mail': (ctx, payload) => sendMail(ctx, payload, attachDocument) }
const mailsTo = (email: string, subject: string) =>
  sent.filter((message) => message.to === email && message.subject === subject)

/** A paying firm with a person who owns it and gets its mails. */
async function firmWithOwner(email: string) {
  const advisor = await world.subscribed('standard')
  await inviteMember(advisor.owner(), { email, role: 'owner' })
  await world.drainJobs(MAIL)
  const token = /token=([\w.~%-]+)/.exec(sent.findLast(({ to }) => to === email)?.text ?? '')?.[1] ?? ''
  const password = 'Correct-horse-battery-9173'
  await acceptInvitation(world.ctx({ kind: 'anonymous' }), { token, fullName: 'Asha Verma', password })
  return advisor
}

test('an invoice and a credit note come with their mail, as the very PDF that is kept, and the mail names the file', async () => {
  const email = 'asha@example.test'
  const advisor = await firmWithOwner(email)
  await world.advance(31)
  await world.catchUp()
  const [razorpayPaymentId = ''] = (await world.money(advisor)).payments
  const admin = makeStaff(world, 'admin')
  const steppedUp = { ...admin, actor: { ...admin.actor, steppedUpAt: world.clock.now() } as typeof admin.actor }
  const { advisorId } = advisor
  await requestRefund(steppedUp, { advisorId, razorpayPaymentId, amountPaise: 1_000, reason: 'a mistake of ours' })
  await world.drainJobs(HANDLERS)
  for (const { id } of (await world.truth()).refunds) await world.control(`/refunds/${id}`, { result: 'processed' })
  await world.catchUp()
  await world.drainJobs(MAIL)
  const { items } = await listInvoices(advisor.owner(), {})
  for (const [kind, subject] of [
    ['invoice', 'Your tax invoice'],
    ['credit_note', 'Your credit note'],
  ] as const) {
    const { bytes, fileName } = await getInvoicePdf(advisor.owner(), {
      id: items.find((item) => item.kind === kind)?.id ?? '',
    })
    const [message, ...more] = mailsTo(email, subject)
    expect(more).toEqual([])
    expect(message?.attachments).toEqual([{ fileName, contentType: 'application/pdf', bytes }])
    expect(message?.text.replaceAll('\n', ' ')).toContain(`attached to this mail as ${fileName}`)
  }
})

/** A million bytes of PDF and more: letters in no order cannot be packed. */
const ENDLESS = Array.from({ length: 260_000 }, (_, n) => ((n * 2_654_435_761) % 2 ** 32).toString(36)).join('')

test('a document that is too large for a mail is not attached: the mail says where it is, and people of ours are told', async () => {
  const email = 'vikram@example.test'
  const advisor = await firmWithOwner(email)
  await world.drainJobs(MAIL)
  const { advisorId } = advisor
  const { items } = await listInvoices(advisor.owner(), {})
  const { document } = await getInvoice(advisor.owner(), { id: items[0]?.id ?? '' })
  const id = world.ctx().newId()
  const large = { ...document, number: 'PRM/TEST/LARGE', recipient: { ...document.recipient, address: ENDLESS } }
  const key = await world.keys.dataKeyOf(world.db.read, advisorId)
  const place = { table: 'tax_documents', column: 'document', rowId: id }
  const row = { kind: document.kind, number: large.number, source: 'a test', totalPaise: document.totalPaise }
  await world.db.read.insert(schema.taxDocuments).values({
    ...{ ...row, advisorId, id, issuedAt: world.clock.now() },
    document: world.keys.seal(key, place, JSON.stringify(large)),
  })
  const about = { kind: 'notice' as const, topic: 'invoice_issued' as const, noticeId: world.ctx().newId() }
  const { payload } = noticeJob.with({ ...about, advisorId, objectId: id })
  const before = sent.length
  const told: unknown[] = []
  await sendMail(world.ctx(), payload)
  const error = (line: unknown) => told.push(line)
  await world.drainJobs({
    'identity.send-mail': (ctx, given) =>
      sendMail({ ...ctx, log: { ...ctx.log, error: error as never } }, given, attachDocument),
  })
  const [message, ...more] = sent.slice(before)
  expect(more).toEqual([])
  expect(message).toMatchObject({ to: email, subject: 'Your tax invoice' })
  expect(message?.attachments).toEqual([])
  expect(message?.text).not.toContain('attached')
  expect(message?.text.replaceAll('\n', ' ')).toContain('in the list of your invoices')
  expect(message?.text).toContain(world.ctx().settings.publicUrl)
  expect(told).toEqual([
    { alert: 'billing.document_not_attached', advisorId, documentId: id, bytes: expect.any(Number) },
  ])
})

test('other mails carry nothing, and another firm`s document is never attached', async () => {
  const [mine, other] = [await world.subscribed(), await world.subscribed()]
  const { items } = await listInvoices(other.owner(), {})
  const objectId = items[0]?.id ?? ''
  const { advisorId } = mine
  expect(await attachDocument(world.ctx(), { topic: 'invoice_issued', advisorId, objectId })).toEqual([])
  expect(await attachDocument(world.ctx(), { topic: 'payment_late', advisorId: other.advisorId, objectId })).toEqual([])
})
