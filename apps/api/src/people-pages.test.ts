import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sendMail, sweepLicences } from '@pramaan/core/identity'
import { newId } from '@pramaan/core/platform/ids'
import { expect, inject, test } from 'vitest'
import { testApi } from '../testing/index.ts'

const api = await testApi()
const headers = { 'content-type': 'application/x-www-form-urlencoded' }
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()

/** Runs the mail jobs that wait in the outbox, as a worker would, over SMTP to the catcher. */
async function deliverMail(): Promise<void> {
  for (let more = true; more; ) {
    const jobs = await api.sql<{ payload: { data: unknown } }>(
      `delete from outbox where queue = 'identity.send-mail' returning payload`,
    )
    const ctx = api.deps.context({
      actor: { kind: 'system', name: 'test' },
      advisorId: null,
      requestId: newId(),
      ip: null,
    })
    for (const { payload } of jobs) await sendMail(ctx, payload.data)
    more = jobs.length > 0
  }
}

/** The newest mail to an address, as it was sent, with its lines joined again. */
function newestTo(email: string): string {
  const { mailDir } = inject('emulators')
  const name = readdirSync(mailDir)
    .filter((file) => file.includes(email))
    .sort()
    .at(-1)
  return readFileSync(join(mailDir, name ?? ''), 'utf8')
    .replace(/\r\n[ \t]+/g, ' ')
    .replace(/=\r?\n/g, '')
    .replaceAll('=3D', '=')
}

test('from the invitation in the mail, over the page behind its link, to the first sign-in', async () => {
  const owner = await api.signUp()
  await api.call('PATCH', '/api/advisor/profile', { token: owner.accessToken, body: { displayName: 'Verma <b>& Co' } })
  const email = `meera-${newId()}@example.test`
  const invited = await api.call('POST', '/api/advisor/members', { token: owner.accessToken, body: { email } })
  expect(invited).toMatchObject({ status: 201, body: { email, role: 'member', state: 'pending' } })
  await deliverMail()
  const mail = newestTo(email)
  expect(mail).not.toContain('Verma')
  const link = /http:\/\/127\.0\.0\.1:8787(\/invitation\?token=([\w-]+))/.exec(mail)
  const [path = '', token = ''] = [link?.[1], link?.[2]]
  for (const time of [1, 2]) {
    const page = await api.call('GET', path)
    expect([time, page.status]).toEqual([time, 200])
    expect(page.body).toContain('Verma &lt;b&gt;&amp; Co')
    expect(page.body).not.toContain('<b>')
  }
  const password = 'A-password-of-her-own-7731'
  const short = await api.call('POST', '/invitation', {
    headers,
    raw: form({ token, fullName: 'Meera', password: 'x' }),
  })
  expect(short.status).toBe(400)
  const done = await api.call('POST', '/invitation', {
    headers,
    raw: form({ token, fullName: 'Meera Shah', password }),
  })
  expect([done.status, String(done.body).includes('You belong to the firm')]).toEqual([200, true])
  const again = await api.call('POST', '/invitation', { headers, raw: form({ token, fullName: 'Meera', password }) })
  expect(again.status).toBe(400)
  const signedIn = await api.call('POST', '/api/auth/login', { body: { email, password } })
  expect(signedIn).toMatchObject({ status: 200, body: { advisor: { id: owner.advisorId } } })
})

test('an invitation that is accepted by the API twice with one Idempotency-Key answers twice the same', async () => {
  const owner = await api.signUp()
  const email = `ravi-${newId()}@example.test`
  await api.call('POST', '/api/advisor/members', { token: owner.accessToken, body: { email, role: 'owner' } })
  await deliverMail()
  const token = /token=([\w-]+)/.exec(newestTo(email))?.[1]
  const body = { token, fullName: 'Ravi Menon', password: 'A-password-of-his-own-7731' }
  const once = { body, headers: { 'idempotency-key': newId() } }
  const first = await api.call('POST', '/api/auth/invitations/accept', once)
  expect(first).toMatchObject({ status: 201, body: { advisorId: owner.advisorId, role: 'owner' } })
  const second = await api.call('POST', '/api/auth/invitations/accept', once)
  expect([second.status, second.body]).toEqual([201, first.body])
  expect(second.headers.get('idempotency-replayed')).toBe('true')
})

test('one POST of a mail program ends mails of a kind, and a look at the page does not', async () => {
  const [owner, admin] = [await api.signUp(), await api.staff('admin')]
  const [licence] = await api.sql<{ id: string }>('select id from licences where advisor_id = $1', [owner.advisorId])
  const soon = new Date(api.clock.now().getTime() + 24 * 3_600_000).toISOString()
  const verified = await api.call('POST', `/api/admin/licences/${licence?.id}/verify`, {
    token: admin.accessToken,
    body: { validUntil: soon },
  })
  expect(verified.status).toBe(200)
  const system = { actor: { kind: 'system', name: 'test' }, advisorId: null, requestId: newId(), ip: null } as const
  await sweepLicences(api.deps.context(system))
  await deliverMail()
  const mail = newestTo(owner.email)
  expect(mail).toContain('A licence runs out within 30 days')
  const path = /List-Unsubscribe: <http:\/\/127\.0\.0\.1:8787([^>]+)>/.exec(mail)?.[1] ?? ''
  const choices = async () => (await api.call('GET', '/api/auth/notifications', { token: owner.accessToken })).body
  const page = await api.call('GET', path)
  expect(page.body).toContain('<form method="post" action="/unsubscribe">')
  expect(await choices()).toMatchObject({ licenceLapsing: true })
  const oneClick = await api.call('POST', path, { headers, raw: 'List-Unsubscribe=One-Click' })
  expect(oneClick.status).toBe(200)
  expect(await choices()).toMatchObject({ licenceLapsing: false, contentDecided: true })
  const wrong = await api.call('POST', '/unsubscribe', { headers, raw: form({ token: 'x'.repeat(80) }) })
  expect(wrong.status).toBe(400)
  const shown = await api.call('GET', `/unsubscribe?token=${encodeURIComponent('"><script>x')}`)
  expect(shown.body).not.toContain('<script')
})

test('a document of 150 KB goes through the body limit as base64, a larger one does not', async () => {
  const owner = await api.signUp()
  const [licence] = await api.sql<{ id: string }>('select id from licences where advisor_id = $1', [owner.advisorId])
  const send = (size: number) => {
    const document = Buffer.alloc(size, 0x20)
    document.write('%PDF-1.7')
    const body = { type: 'pdf', data: document.toString('base64') }
    return api.call('POST', `/api/advisor/licences/${licence?.id}/evidence`, { token: owner.accessToken, body })
  }
  expect(await send(150 * 1024)).toMatchObject({ status: 201, body: { licence: { state: 'evidence' } } })
  expect((await send(150 * 1024 + 3)).status).toBe(400)
  expect((await send(250 * 1024)).status).toBe(413)
})
