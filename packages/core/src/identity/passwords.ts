import { createHmac } from 'node:crypto'
import { Bcrypt } from 'oslo/password'
import type { Ctx } from '../platform/context.ts'
import type { Keys } from '../platform/crypto.ts'
import { AppError } from '../platform/errors.ts'

/** log2 of the rounds of bcrypt: about 0.3 s of one core in 2026. Raising it rehashes at each next sign-in. */
export const PASSWORD_COST = 12

/** Hashes at once. Each takes a thread of libuv's pool (four) that file and name look-ups need too. */
const CONCURRENT = 2

/** Hashes that may wait; the last of them waits about ten seconds. Beyond that a flood is turned away at once. */
const WAITING_AT_MOST = 64

export interface Passwords {
  hash(password: string): Promise<string>
  /** `stored` is null where there is no such account: the answer is no, after just as long. */
  verify(stored: string | null, password: string): Promise<boolean>
  /** Whether a stored hash is weaker than what is made today. */
  isOutdated(stored: string): boolean
}

const madeFor = new WeakMap<Keys, Passwords>()

/** The password hashing of this process: one queue for each set of keys, so that all sign-ins share it. */
export function passwordsOf(ctx: Pick<Ctx, 'keys' | 'settings'>): Passwords {
  let passwords = madeFor.get(ctx.keys)
  if (!passwords) {
    passwords = createPasswords(ctx.keys.derive('password'), ctx.settings.passwordCost ?? PASSWORD_COST)
    madeFor.set(ctx.keys, passwords)
  }
  return passwords
}

/**
 * bcrypt (through Oslo) over HMAC-SHA-256 of the password.
 *
 * bcrypt reads 72 bytes and drops the rest in silence; the HMAC (44 characters in base64) makes every byte count and
 * keeps U+0000 out. It is keyed, so that a stolen table alone cannot be searched. Unicode is normalised to NFKC first
 * (NIST SP 800-63B-4, 3.1.1.2), nothing is trimmed or cut.
 */
export function createPasswords(key: Buffer, cost: number): Passwords {
  const bcrypt = new Bcrypt({ cost })
  const inTurn = createGate(CONCURRENT, WAITING_AT_MOST)
  const digest = (password: string) => createHmac('sha256', key).update(password.normalize('NFKC')).digest('base64')
  // A well-formed hash that no password has: checking against it costs what a real check costs.
  const nobodys = `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`
  return {
    hash: (password) => inTurn(() => bcrypt.hash(digest(password))),
    verify: (stored, password) => inTurn(() => bcrypt.verify(stored ?? nobodys, digest(password))),
    isOutdated: (stored) => Number(/^\$2[aby]\$(\d\d)\$/.exec(stored)?.[1] ?? 0) < cost,
  }
}

/** Lets `places` pieces of work run at once, first come first served. */
function createGate(places: number, waitingAtMost: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let free = places
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free -= 1
    else {
      if (waiting.length >= waitingAtMost) {
        throw new AppError('unavailable', 'Too many people are signing in at this moment. Try again in a few seconds.')
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
