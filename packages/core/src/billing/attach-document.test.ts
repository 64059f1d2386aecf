import { expect, test } from 'vitest'
import { makeStaff } from '../../testing/factories.ts'
import type { JobHandlers } from '../../testing/index.ts'
import type { MailMessage } from '../clients/mail/index.ts'
import { acceptInvitation, inviteMember, sendMail } from '../identity/index.ts'
import { attachDocument, getInvoicePdf, listInvoices, requestRefund } from './index.ts'
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

test('other mails carry nothing, and another firm`s document is never attached', async () => {
  const [mine, other] = [await world.subscribed(), await world.subscribed()]
  const { items } = await listInvoices(other.owner(), {})
  const objectId = items[0]?.id ?? ''
  const { advisorId } = mine
  expect(await attachDocument(world.ctx(), { topic: 'invoice_issued', advisorId, objectId })).toEqual([])
  expect(await attachDocument(world.ctx(), { topic: 'payment_late', advisorId: other.advisorId, objectId })).toEqual([])
})
