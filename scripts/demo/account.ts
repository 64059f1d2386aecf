import { randomInt } from 'node:crypto'
import type * as Api from '@pramaan/shared'
import { type Client, createClient } from './client.ts'
import type { Shape } from './shapes.ts'
import { promised, quoted, tell, waitFor } from './story.ts'

const DEMO_PASSWORD = 'demo-Pramaan-2026'
const PASSWORD = 'a long password for one demo'

/** A different person in each run, so that the demo can be played again on the same data. */
const run = randomInt(1_000_000_000, 9_999_999_999)
const EMAIL = `asha.${run}@example.test`

export async function register(stranger: Client): Promise<void> {
  const registration = {
    email: EMAIL,
    password: PASSWORD,
    fullName: 'Asha Verma',
    advisor: {
      displayName: 'Verma Advisory',
      licences: [{ type: 'MFD', number: `ARN-${randomInt(100_000, 999_999)}` }],
    },
    acceptTerms: true,
  }
  const opened = await stranger.send<Shape<typeof Api.RegisterView>>('POST', '/api/auth/register', registration)
  promised('an account exists, and a mail is on its way', opened.emailVerification === 'sent', opened)
  const early = await stranger.refused('POST', '/api/auth/login', { email: EMAIL, password: PASSWORD })
  promised('she cannot sign in before the address is confirmed', early.code === 'email_unverified', early)
}

export async function confirmAddress(stranger: Client): Promise<void> {
  const name = `-${EMAIL}.eml`
  const inbox = await waitFor(
    `a mail to ${EMAIL}`,
    () => stranger.get<string>('/dev/mail'),
    (page) => decodeURIComponent(page).includes(name),
  )
  const link = [...inbox.matchAll(/href="(\/dev\/mail\/[^"]+)"/g)].find((one) =>
    decodeURIComponent(one[1] ?? '').endsWith(name),
  )
  const mail = await stranger.get<string>(String(link?.[1]))
  const token = /verify-email\?token=([\w.~%-]+)/.exec(mail)?.[1]
  promised('the mail holds a link with a token', token !== undefined, mail)
  tell(quoted(words(mail)))
  const path = '/api/auth/verify-email'
  const done = await stranger.send<Shape<typeof Api.VerifyEmailView>>('POST', path, { token })
  promised('the address is confirmed', done.verified, done)
  const again = await stranger.refused('POST', path, { token })
  promised('the link works once only', again.code === 'invalid_token', again)
}

/** What a person reads of the mail: the plain text out of its parts, which the page shows decoded. */
const words = (page: string) => {
  const part = /Content-Type: text\/plain[^\n]*\n(?:[^\n]+\n)*\n([\s\S]*?)\n-{4}/.exec(plain(page))?.[1]
  return (part ?? plain(page)).trim()
}

const ENTITIES: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' }

const plain = (page: string) =>
  page
    .replaceAll('\r', '')
    .replace(/<[^>]+>/g, '')
    .replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity)

export async function signIn(url: string): Promise<Client> {
  const signedIn = await createClient(url).send<Api.SignInView>('POST', '/api/auth/login', {
    email: EMAIL,
    password: PASSWORD,
  })
  const owner = createClient(url, signedIn.accessToken)
  const { profile, tier } = await owner.get<Api.ProfileView>('/api/advisor/profile')
  tell(`${profile.user?.fullName}, ${profile.user?.memberRole} of ${profile.displayName}, on the ${tier} tier`)
  const [licence] = profile.licences
  promised('her licence is claimed, not yet verified', licence?.state === 'claimed', profile.licences)
  return owner
}

/** Signs in with one of the demo logins. */
export async function staff(url: string, who: 'admin' | 'reviewer'): Promise<Client> {
  const login = { email: `${who}@demo.pramaan.test`, password: DEMO_PASSWORD }
  const { accessToken } = await createClient(url).send<Api.SignInView>('POST', '/api/auth/login', login)
  return createClient(url, accessToken)
}

export async function verifyLicence(url: string, owner: Client): Promise<void> {
  const licenceOf = async () => (await owner.get<Api.ProfileView>('/api/advisor/profile')).profile.licences[0]
  const path = `/api/admin/licences/${(await licenceOf())?.id}/verify`
  const herself = await owner.refused('POST', path, {})
  promised('she cannot verify it herself', herself.code === 'forbidden', herself)
  const admin = await staff(url, 'admin')
  await admin.send('POST', path, { note: 'Found in the AMFI register, name and number agree.' })
  const licence = await licenceOf()
  promised(`${licence?.number} is verified`, licence?.state === 'verified', licence)
}

export async function allowAutoApproval(owner: Client): Promise<void> {
  const wanted: Shape<typeof Api.Preferences> = { autoApproveClean: true, aiReview: false }
  const kept = await owner.send<typeof wanted>('PUT', '/api/advisor/preferences', wanted)
  promised('the preference is kept', kept.autoApproveClean, kept)
}

export async function connectWhatsapp(owner: Client): Promise<void> {
  const wabaId = `1${run}`
  const phoneNumberId = `2${run}`
  const code = `signup:${wabaId}:${phoneNumberId}`
  await owner.send('POST', '/api/whatsapp/connect', { code, wabaId, phoneNumberId, pin: '482915' })
  const connection = await waitFor(
    'the number is connected and WhatsApp approves the message template',
    () => owner.get<Shape<typeof Api.ConnectionView> | null>('/api/whatsapp/connection'),
    (now) => now?.state === 'connected' && now.templateStatus === 'APPROVED',
  )
  promised(`${connection?.displayPhoneNumber} is connected, its template approved`, true, connection)
}

export async function signOut(owner: Client): Promise<void> {
  await owner.send('POST', '/api/auth/logout')
  const late = await owner.call<Api.Problem>('GET', '/api/advisor/profile')
  promised('her access token is worth nothing from now on', late.status === 401, late.body)
}
