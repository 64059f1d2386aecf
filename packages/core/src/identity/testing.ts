import { generateKeyPairSync } from 'node:crypto'
import { afterAll, inject } from 'vitest'
import { neverLogged, type TestClock, testWorld, type World, type WorldOptions } from '../../testing/index.ts'
import type { MailMessage } from '../clients/mail/index.ts'
import type { AccessTokens } from '../platform/access-tokens.ts'
import type { Actor, Ctx } from '../platform/context.ts'
import { createRedis, type Redis } from '../platform/redis.ts'
import type { SessionStore } from '../platform/sessions.ts'
import {
  authenticate,
  confirmTotp,
  createAccessTokens,
  createSessionStore,
  enrollTotp,
  type Identity,
  registerAdvisor,
  sendMail,
  signIn,
  verifyEmail,
} from './index.ts'
import { totpCode } from './totp.ts'

export const PASSWORD = 'Correct-horse-battery-9173'
const ANONYMOUS: Actor = { kind: 'anonymous' }

/** A connection that is closed after the last test of the file. */
export function testRedis(url = inject('redis')[0]?.url ?? ''): Redis {
  const redis = createRedis(url, () => undefined)
  afterAll(() => redis.disconnect())
  return redis
}

/** A JWK set with one fresh private ES256 key, in JSON. */
export function newJwks(kid = 'test'): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return JSON.stringify({ keys: [{ ...privateKey.export({ format: 'jwk' }), kid }] })
}

export interface Person {
  email: string
  userId: string
  advisorId: string
}

export interface IdentityWorld extends World {
  redis: Redis
  sessions: SessionStore
  tokens: AccessTokens
  /** Mail that was sent, oldest first. */
  outbox: MailMessage[]
  /** Somebody unknown, at an address of the network. */
  stranger(ip?: string): Ctx
  /** Runs the mail jobs that are waiting. */
  deliverMail(): Promise<void>
  /** The subjects of all mails to an address. */
  subjectsTo(email: string): string[]
  /** The token of the newest mail with one to an address. */
  tokenFor(email: string): string
  register(email?: string): Promise<Person>
  /** Registers and confirms the address. */
  person(): Promise<Person>
  signIn(email: string, password?: string): ReturnType<typeof signIn>
  whoIs(credential: Parameters<typeof authenticate>[1]): Promise<Identity>
  /** What the API would give a use case for this access token. */
  as(accessToken: string): Promise<Ctx>
  /** The code that an authenticator with this secret shows now, or so many steps from now. */
  code(secret: string, steps?: number): Promise<string>
  /** A person with TOTP on, signed in; the code of the present step is spent. */
  personWithTotp(): Promise<Person & { secret: string; recoveryCodes: string[]; accessToken: string }>
}

let count = 0
/** Each registers from a place of its own: mails that are asked for from one place are counted. */
const newIp = () => `10.1.${(count >> 8) & 255}.${count++ & 255}`
const newAddress = () => `person-${Date.now()}-${count++}@example.test`

/** The identity domain on a database, a Redis and keys of its own. */
export async function identityWorld(redis: Redis = testRedis(), more: WorldOptions = {}): Promise<IdentityWorld> {
  const sessions = createSessionStore({ redis })
  const outbox: MailMessage[] = []
  const mail = {
    send: async (message: MailMessage) => {
      outbox.push(message)
      neverLogged(message.to, ...[...message.text.matchAll(/token=([\w.~%-]+)/g)].map(([, token]) => token))
    },
    close: () => undefined,
  }
  // The tokens need the world's clock, and the world needs the tokens.
  let clock: TestClock | undefined
  const now = () => clock?.now() ?? new Date()
  const tokens = await createAccessTokens({ jwks: newJwks(), issuer: 'http://127.0.0.1:8787', now })
  const world = await testWorld({ sessions, tokens, ...more, clients: { mail, ...more.clients } })
  clock = world.clock
  const stranger = (ip = '127.0.0.1') => ({ ...world.ctx(ANONYMOUS), ip })
  const whoIs: IdentityWorld['whoIs'] = (credential) => authenticate(world.ctx(), credential)
  const self: IdentityWorld = {
    ...world,
    redis,
    sessions,
    tokens,
    outbox,
    stranger,
    whoIs,
    async deliverMail() {
      await world.drainJobs({ 'identity.send-mail': sendMail })
    },
    subjectsTo: (email) => outbox.filter(({ to }) => to === email).map(({ subject }) => subject),
    tokenFor(email) {
      const message = outbox.findLast(({ to, text }) => to === email && text.includes('token='))
      const token = /token=([A-Za-z0-9._~%-]+)/.exec(message?.text ?? '')?.[1]
      if (token === undefined) throw new Error(`no link was mailed to ${email}`)
      return token
    },
    async register(email = newAddress()) {
      const { userId, advisorId } = await registerAdvisor(stranger(newIp()), registration(email))
      return { email, userId, advisorId }
    },
    async person() {
      const person = await self.register()
      await self.deliverMail()
      await verifyEmail(stranger(), { token: self.tokenFor(person.email) })
      return person
    },
    async signIn(email, password = PASSWORD) {
      neverLogged(email, password)
      const signedIn = await signIn(stranger(), { email, password, userAgent: 'test browser' })
      neverLogged(signedIn.sessionSecret, signedIn.view.accessToken, signedIn.view.refreshToken)
      return signedIn
    },
    async as(accessToken) {
      const { actor, advisorId } = await whoIs({ accessToken })
      return world.ctx(actor, advisorId)
    },
    code: (secret, steps = 0) => totpCode(secret, Math.floor(now().getTime() / 30_000) + steps),
    async personWithTotp() {
      const person = await self.person()
      const ctx = await self.as((await self.signIn(person.email)).view.accessToken)
      const { secret } = await enrollTotp(ctx, {})
      neverLogged(secret)
      const { recoveryCodes, accessToken } = await confirmTotp(ctx, { code: await self.code(secret) })
      neverLogged(accessToken, ...recoveryCodes)
      return { ...person, secret, recoveryCodes, accessToken }
    },
  }
  return self
}

export const registration = (email: string, password = PASSWORD) => ({
  email,
  password,
  fullName: 'Asha Verma',
  advisor: { displayName: 'Verma Advisory', licences: [{ type: 'MFD' as const, number: 'ARN-123456' }] },
  acceptTerms: true as const,
})
