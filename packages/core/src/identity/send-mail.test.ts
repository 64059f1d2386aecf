import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, inject, test } from 'vitest'
import { createMailClient, type MailMessage } from '../clients/mail/index.ts'
import type { Ctx } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { addressId, hashAddress } from './address.ts'
import { sendMail, verifyEmail } from './index.ts'
import { sendMailJob } from './jobs.ts'
import { identityWorld } from './testing.ts'

const world = await identityWorld()

/** A context whose mail server does what it is told. */
const withServer = (send: (message: MailMessage) => Promise<void>): Ctx => {
  const ctx = world.ctx()
  return { ...ctx, clients: { ...ctx.clients, mail: { send, close: () => undefined } } }
}
const jobFor = (email: string) =>
  sendMailJob.with({
    kind: 'confirm_address',
    addressHash: addressId(hashAddress(world.keys, email)),
    mailId: world.ctx().newId(),
  }).payload
const lost = new UpstreamError('mail', 'lost', { retryable: true, outcomeUnknown: true })
const refused = new UpstreamError('mail', 'refused', { retryable: false, outcomeUnknown: false, vendorCode: 550 })

test('a mail whose answer was lost goes out again as the very same mail, and its link works', async () => {
  const { email, userId } = await world.register()
  const payload = jobFor(email)
  const seen: MailMessage[] = []
  const loses = withServer(async (message) => {
    seen.push(message)
    throw lost
  })
  await expect(sendMail(loses, payload)).rejects.toBe(lost)
  await expect(sendMail(loses, payload)).rejects.toBe(lost)
  await sendMail(
    withServer(async (message) => void seen.push(message)),
    payload,
  )
  expect(seen[1]).toEqual(seen[0])
  expect(seen[2]).toEqual(seen[0])
  expect(await world.db.read.$count(schema.emailTokens, eq(schema.emailTokens.userId, userId))).toBe(1)
  const token = /token=([\w-]+)/.exec(seen[0]?.text ?? '')?.[1] ?? ''
  expect(await verifyEmail(world.stranger(), { token })).toEqual({ verified: true })
  expect(await world.auditActions(userId)).toEqual(['mail.sent', 'email.verified'])
})

test('a mail that the server refuses for good is not tried again, and the log says so', async () => {
  const { email, userId } = await world.register()
  await sendMail(
    withServer(() => Promise.reject(refused)),
    jobFor(email),
  )
  expect(await world.auditActions(userId)).toEqual(['mail.refused'])
})

test('a mail that is of no use any more is not sent', async () => {
  const { email, userId } = await world.person()
  const send = withServer(() => Promise.reject(new Error('a mail was sent')))
  await sendMail(send, jobFor(email))
  await sendMail(send, jobFor('nobody@example.test'))
  await world.db.read.update(schema.users).set({ status: 'suspended' }).where(eq(schema.users.id, userId))
  await sendMail(send, { ...(jobFor(email) as object), kind: 'registration_repeated' })
})

test('an account that is still unconfirmed gets its link again when somebody registers the address again', async () => {
  const { email } = await world.register()
  const seen: MailMessage[] = []
  await sendMail(
    withServer(async (message) => void seen.push(message)),
    { ...(jobFor(email) as object), kind: 'registration_repeated' },
  )
  expect(seen[0]?.text).toContain('registered with Pramaan again')
  expect(seen[0]?.text).toContain('token=')
})

test('over real SMTP the link arrives and confirms', async () => {
  const { smtp, mailDir } = inject('emulators')
  const { email } = await world.register()
  const client = createMailClient({ url: smtp, from: 'Pramaan <no-reply@pramaan.test>' })
  await sendMail(withServer(client.send), jobFor(email))
  client.close()
  const file = readdirSync(mailDir).find((name) => name.includes(email)) ?? ''
  const source = readFileSync(join(mailDir, file), 'utf8')
    .replace(/=\r?\n/g, '')
    .replaceAll('=3D', '=')
  const token = /token=([A-Za-z0-9._~%-]+)/.exec(source)?.[1] ?? ''
  expect(await verifyEmail(world.stranger(), { token })).toEqual({ verified: true })
})
