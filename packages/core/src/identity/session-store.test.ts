import { randomUUID } from 'node:crypto'
import { describe, expect, inject, test } from 'vitest'
import { sessionAdapter } from './session-adapter.ts'
import { createSessionStore } from './session-store.ts'
import { testRedis } from './testing.ts'

const DAY_MS = 24 * 3600 * 1000
const browser = { userAgent: 'test browser' }

describe.each(inject('redis'))('sessions on a Redis $kind', ({ url }) => {
  const redis = testRedis(url)
  const store = createSessionStore({ redis })
  const adapter = sessionAdapter(redis)
  const newUser = () => ({ userId: randomUUID(), credentialVersion: 1 })
  const rawSession = (userId: string, expiresInMs: number) => ({
    id: randomUUID(),
    userId,
    expiresAt: new Date(Date.now() + expiresInMs),
    attributes: { credentialVersion: 1, userAgent: 'x', createdAt: Date.now(), steppedUpAt: 0, successor: null },
  })

  test('a session is found by its secret and by its handle, with what it was made with', async () => {
    const user = { userId: randomUUID(), credentialVersion: 7 }
    const { secret, session } = await store.create(user, browser)
    expect(session).toMatchObject({ ...user, ...browser })
    expect(await store.findBySecret(secret)).toEqual(session)
    expect(await store.findByHandle(session.handle)).toEqual(session)
    const days = (session.expiresAt.getTime() - Date.now()) / DAY_MS
    expect(days).toBeGreaterThan(13.9)
    expect(days).toBeLessThanOrEqual(14)
  })

  test('ASVS 7.2.2: the handle is no secret: it cannot be used in its place', async () => {
    const { secret, session } = await store.create(newUser(), browser)
    expect(await store.findBySecret(session.handle)).toBeNull()
    for (const wrong of ['', 'short', `${secret}=`, secret.toUpperCase(), '*', 'x'.repeat(43)]) {
      expect(await store.findBySecret(wrong), wrong).toBeNull()
    }
  })

  test('ASVS 7.2.3: nothing in Redis holds the secret', async () => {
    const { secret, session } = await store.create(newUser(), browser)
    const value = (await redis.get(`sess:${session.handle}`)) ?? ''
    expect(value).not.toBe('')
    expect(value).not.toContain(secret)
    expect(await redis.exists(`sess:${secret}`)).toBe(0)
  })

  test('ASVS 7.4.1: an ended session is gone, and the others of the user stay', async () => {
    const user = newUser()
    const [first, second] = [await store.create(user, browser), await store.create(user, browser)]
    await store.end(first.session.handle)
    await store.end(first.session.handle)
    expect(await store.findBySecret(first.secret)).toBeNull()
    expect((await store.list(user.userId)).map(({ handle }) => handle)).toEqual([second.session.handle])
  })

  test('ending all ends all, of this user alone', async () => {
    const [user, other] = [newUser(), newUser()]
    const mine = await Promise.all(Array.from({ length: 5 }, () => store.create(user, browser)))
    const theirs = await store.create(other, browser)
    await store.endAll(user.userId)
    for (const { secret } of mine) expect(await store.findBySecret(secret)).toBeNull()
    expect(await store.list(user.userId)).toEqual([])
    expect(await redis.exists(`usess:${user.userId}`)).toBe(0)
    expect(await store.findBySecret(theirs.secret)).not.toBeNull()
  })

  test('a shorter session made later does not shorten the index: ending all still finds the longer one', async () => {
    const { userId } = newUser()
    const [long, short] = [rawSession(userId, DAY_MS), rawSession(userId, 60_000)]
    await adapter.setSession(long)
    await adapter.setSession(short)
    expect(await redis.pttl(`usess:${userId}`)).toBeGreaterThan(60_000)
    await store.endAll(userId)
    expect(await store.findByHandle(long.id)).toBeNull()
  })

  test('an expired session is neither found nor listed, and leaves the index', async () => {
    const { userId } = newUser()
    const old = rawSession(userId, 40)
    await adapter.setSession(old)
    await expect.poll(() => redis.exists(`sess:${old.id}`)).toBe(0)
    expect(await store.findByHandle(old.id)).toBeNull()
    expect(await store.list(userId)).toEqual([])
    await adapter.setSession(rawSession(userId, DAY_MS))
    expect(await redis.zcard(`usess:${userId}`)).toBe(1)
  })

  test('ASVS 7.3.1: using a session in the second half of its time moves its end on', async () => {
    const { userId } = newUser()
    const used = rawSession(userId, 3 * DAY_MS)
    await adapter.setSession(used)
    const found = await store.findByHandle(used.id)
    expect(found?.expiresAt.getTime()).toBeGreaterThan(Date.now() + 13 * DAY_MS)
    expect(await redis.pttl(`sess:${used.id}`)).toBeGreaterThan(13 * DAY_MS)
    expect(await redis.pttl(`usess:${userId}`)).toBeGreaterThan(13 * DAY_MS)
    expect((await store.list(userId))[0]?.expiresAt).toEqual(found?.expiresAt)
  })

  test('ASVS 7.3.2: but not beyond thirty days after the sign-in', async () => {
    const { userId } = newUser()
    const old = rawSession(userId, 10 * DAY_MS)
    old.attributes.createdAt = Date.now() - 30 * DAY_MS
    await adapter.setSession(old)
    expect(await store.findByHandle(old.id)).toBeNull()
    expect(await redis.exists(`sess:${old.id}`)).toBe(0)
  })

  test('a sign-out that crosses the moving on of the end is never undone', async () => {
    for (let round = 0; round < 50; round++) {
      const session = rawSession(randomUUID(), DAY_MS)
      await adapter.setSession(session)
      const later = new Date(Date.now() + 2 * DAY_MS)
      const moving = adapter.updateSessionExpiration(session.id, later)
      await Promise.all([moving, store.end(session.id)])
      expect(await store.findByHandle(session.id)).toBeNull()
    }
  })

  test('ending all while sign-ins go on leaves no session that the next ending would miss', async () => {
    const user = newUser()
    const made = Array.from({ length: 30 }, () => store.create(user, browser))
    const ends = Array.from({ length: 5 }, () => store.endAll(user.userId))
    const sessions = await Promise.all(made)
    await Promise.all(ends)
    await store.endAll(user.userId)
    for (const { secret } of sessions) expect(await store.findBySecret(secret)).toBeNull()
  })

  test('ASVS 7.5.2: the list tells when each session was last used, to the minute', async () => {
    const user = newUser()
    const { session } = await store.create(user, browser)
    const earlier = Date.now() - 3_600_000
    expect((await store.list(user.userId))[0]?.lastUsedAt).toEqual(session.createdAt)
    await adapter.markUsed(session.handle, earlier, session.expiresAt.getTime())
    expect((await store.list(user.userId))[0]?.lastUsedAt).toEqual(new Date(earlier))
    await store.findByHandle(session.handle)
    const lastUse = async () => (await store.list(user.userId))[0]?.lastUsedAt.getTime() ?? 0
    await expect.poll(lastUse).toBeGreaterThan(earlier + 3_500_000)
    // Within the minute nothing is written again.
    await adapter.markUsed(session.handle, earlier, session.expiresAt.getTime())
    await store.findByHandle(session.handle)
    expect(await lastUse()).toBe(earlier)
    await store.end(session.handle)
    expect(await redis.exists(`used:${session.handle}`)).toBe(0)
  })

  test('ASVS 7.2.4: a succeeded session: its secret is dead, its handle leads to the successor without the step-up', async () => {
    const user = newUser()
    const steppedUpAt = new Date('2026-11-24T06:30:00.000Z')
    const before = await store.create(user, browser)
    const after = await store.create(user, { ...browser, steppedUpAt })
    await store.succeed(before.session.handle, after.session.handle)
    expect(await store.findBySecret(before.secret)).toBeNull()
    expect(await store.findByHandle(before.session.handle)).toEqual({ ...after.session, steppedUpAt: new Date(0) })
    expect(await store.findBySecret(after.secret)).toEqual(after.session)
    expect((await store.list(user.userId)).map(({ handle }) => handle)).toEqual([after.session.handle])
    const left = await redis.pttl(`sess:${before.session.handle}`)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(300_000)
    await store.end(after.session.handle)
    expect(await store.findByHandle(before.session.handle)).toBeNull()
  })

  test('a session that was ended is not brought back by a successor', async () => {
    const user = newUser()
    const [before, after] = [await store.create(user, browser), await store.create(user, browser)]
    await store.end(before.session.handle)
    await store.succeed(before.session.handle, after.session.handle)
    expect(await store.findByHandle(before.session.handle)).toBeNull()
  })

  test.each(['', 'null', '[]', '{"userId":1}', 'not json', '{"__proto__":{"userId":"x"}}'])(
    'a value that we did not write (%j) is no session',
    async (value) => {
      const handle = randomUUID()
      await redis.set(`sess:${handle}`, value)
      expect(await store.findByHandle(handle)).toBeNull()
    },
  )

  test('losing everything signs everybody out and lets nobody in', async () => {
    const user = newUser()
    const { secret, session } = await store.create(user, browser)
    await redis.del(`sess:${session.handle}`, `usess:${user.userId}`)
    expect(await store.findBySecret(secret)).toBeNull()
    expect(await store.list(user.userId)).toEqual([])
  })
})

test('a Redis that cannot be reached is an outage, not an answer', async () => {
  const store = createSessionStore({ redis: testRedis('redis://127.0.0.1:1') })
  const outage = /max retries|closed|timed out/
  await expect(store.findByHandle('h'.repeat(43))).rejects.toThrow(outage)
  await expect(store.findBySecret('s'.repeat(43))).rejects.toThrow(outage)
  await expect(store.create({ userId: 'u', credentialVersion: 1 }, browser)).rejects.toThrow(outage)
  await expect(store.end('h')).rejects.toThrow(outage)
  await expect(store.endAll('u')).rejects.toThrow(outage)
})
