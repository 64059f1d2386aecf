import { createDb } from '@pramaan/db'
import { afterAll, expect, test } from 'vitest'
import { makeStaff } from '../../testing/factories.ts'
import type { Ctx } from '../platform/context.ts'
import type { AppError } from '../platform/errors.ts'
import {
  authenticate,
  authenticateKey,
  createApiKey,
  createSessionStore,
  endSession,
  revokeApiKey,
  signOut,
  signOutEverywhere,
  suspendAdvisor,
} from './index.ts'
import { identityWorld, testRedis } from './testing.ts'

const world = await identityWorld()
const { tokens, clock } = world
const { settings } = world.ctx()

/** Another process: connections and memory of its own, on the same PostgreSQL and Redis. */
const db = createDb({ url: world.url, max: 4 })
afterAll(() => db.close())
const elsewhere = { db, tokens, settings, now: clock.now, sessions: createSessionStore({ redis: testRedis() }) }
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'let in',
    ({ code }: AppError) => code,
  )

/** Somebody who is signed in, and whom the other process has just let in, so that it may remember what it likes. */
async function signedIn() {
  const person = await world.person()
  const { view, sessionSecret } = await world.signIn(person.email)
  const asked = () =>
    Promise.all([
      codeOf(authenticate(elsewhere, { accessToken: view.accessToken })),
      codeOf(authenticate(elsewhere, { sessionSecret })),
    ])
  expect(await asked()).toEqual(['let in', 'let in'])
  return { ...person, asked, ctx: await world.as(view.accessToken) }
}

// Stronger than the second that issue 3 allows: nothing is remembered for any time at all.
test.each<[string, (someone: Awaited<ReturnType<typeof signedIn>>) => Promise<unknown>]>([
  ['signs out', ({ ctx }) => signOut(ctx, {})],
  ['signs out everywhere', ({ ctx }) => signOutEverywhere(ctx, {})],
  ['ends the session in the list', ({ ctx }) => endSession(ctx, { id: handleOf(ctx) })],
  [
    'is suspended',
    ({ userId }) => world.db.pool.query(`update users set status = 'suspended' where id = $1`, [userId]),
  ],
])(
  'ASVS 7.4.1, 7.4.2: whoever %s is out at the next request on every instance, by token and by cookie',
  async (_, end) => {
    const someone = await signedIn()
    await end(someone)
    expect(await someone.asked()).toEqual(['session_ended', 'session_ended'])
  },
)

const handleOf = ({ actor }: Ctx) => (actor.kind === 'user' ? actor.sessionId : '')

test('ASVS 7.4.2: a revoked API key, and those of a suspended firm, are out at the next request on every instance', async () => {
  const { ctx, advisorId } = await signedIn()
  const [one, two] = [
    await createApiKey(ctx, { name: 'CRM', scopes: ['content:read'] }),
    await createApiKey(ctx, { name: 'CRM', scopes: ['content:read'] }),
  ]
  const ask = (key: string) => codeOf(authenticateKey(elsewhere, key))
  expect([await ask(one.key), await ask(two.key)]).toEqual(['let in', 'let in'])
  await revokeApiKey(ctx, { id: one.id })
  expect([await ask(one.key), await ask(two.key)]).toEqual(['unauthenticated', 'let in'])
  await suspendAdvisor(makeStaff(world, 'admin'), { id: advisorId, reason: 'a complaint' })
  expect(await ask(two.key)).toBe('forbidden')
})
