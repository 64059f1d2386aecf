import { expect, test } from 'vitest'
import { registerAdvisor, requestPasswordReset, signIn } from './index.ts'
import { identityWorld, registration } from './testing.ts'

/**
 * How long an answer takes must not tell who has an account (OWASP ASVS 5.0, 6.3.8 and 6.4.3). Calls about known and
 * unknown addresses alternate, so that whatever else the machine does meets both; then it is asked how often a random
 * one of the first kind took longer than a random one of the second. Without a difference that is half of the time;
 * with 40 of each, chance alone stays between 0.3 and 0.7 in 998 of 1,000 runs, and the test asks again before it fails.
 */
const world = await identityWorld()
const EACH = 40
const [LEAST, MOST] = [0.3, 0.7]

const known: string[] = []
for (let at = 0; at < 8; at++) known.push((await world.person()).email)
const unknown = known.map((email) => `no-${email}`)

/** The share of pairs in which the call about a known address took longer. */
async function knownIsSlower(call: (email: string) => Promise<unknown>): Promise<number> {
  const times = { known: [] as number[], unknown: [] as number[] }
  const timed = async (kind: 'known' | 'unknown', email: string) => {
    const started = process.hrtime.bigint()
    await call(email).catch(() => undefined)
    times[kind].push(Number(process.hrtime.bigint() - started))
  }
  for (let at = -4; at < EACH; at++) {
    // The limits are by the minute; nobody meets one.
    world.clock.advance(61_000)
    const [one = '', other = ''] = [known[Math.abs(at) % known.length], unknown[Math.abs(at) % unknown.length]]
    const order = [() => timed('known', one), () => timed('unknown', other)]
    for (const run of at % 2 === 0 ? order : order.reverse()) await run()
    // The first rounds warm up.
    if (at < 0) for (const list of Object.values(times)) list.length = 0
  }
  const slower = times.known.flatMap((time) => times.unknown.map((against): number => (time > against ? 1 : 0)))
  return slower.reduce((sum, one) => sum + one, 0) / slower.length
}

test.each<[string, (email: string) => Promise<unknown>]>([
  ['sign-in', (email) => signIn(world.stranger(), { email, password: 'not the password', userAgent: '' })],
  ['registration', (email) => registerAdvisor(world.stranger(), registration(email))],
  ['reset', (email) => requestPasswordReset(world.stranger(), { email })],
])(
  'ASVS 6.3.8, 6.4.3: the time that %s takes does not tell a known address from an unknown one',
  async (name, call) => {
    // What registration makes of an unknown address is known from then on.
    let round = 0
    const fresh = (email: string) =>
      call(name === 'registration' && email.startsWith('no-') ? `${round++}-${email}` : email)
    const shares: number[] = []
    while (shares.length < 3) {
      const share = await knownIsSlower(fresh)
      shares.push(share)
      if (share > LEAST && share < MOST) break
    }
    expect(shares.at(-1), `known slower in ${shares.join(', ')}`).toBeGreaterThan(LEAST)
    expect(shares.at(-1), `known slower in ${shares.join(', ')}`).toBeLessThan(MOST)
  },
  60_000,
)
