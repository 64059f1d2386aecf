import { randomBytes } from 'node:crypto'
import { Bcrypt } from 'oslo/password'
import { describe, expect, test } from 'vitest'
import { createPasswords, PASSWORD_COST } from './passwords.ts'

const key = randomBytes(32)
const passwords = createPasswords(key, 4)

test('ASVS 11.4.2: production hashes at a cost of 12 at least', () => {
  expect(PASSWORD_COST).toBeGreaterThanOrEqual(12)
})

test('a password fits its hash, and no other password does', async () => {
  const stored = await passwords.hash('Correct-horse-battery-9173')
  expect(stored).toMatch(/^\$2[aby]\$04\$/)
  expect(await passwords.verify(stored, 'Correct-horse-battery-9173')).toBe(true)
  for (const other of [
    'correct-horse-battery-9173',
    ' Correct-horse-battery-9173',
    'Correct-horse-battery-9173 ',
    '',
  ]) {
    expect(await passwords.verify(stored, other), other).toBe(false)
  }
})

test('ASVS 6.2.8: every byte counts, also behind the 72nd, which bcrypt alone would drop', async () => {
  const long = 'a'.repeat(72)
  const stored = await passwords.hash(`${long}right`)
  expect(await passwords.verify(stored, `${long}right`)).toBe(true)
  expect(await passwords.verify(stored, `${long}wrong`)).toBe(false)
  const bare = new Bcrypt({ cost: 4 })
  expect(await bare.verify(await bare.hash(`${long}right`), `${long}wrong`)).toBe(true)
})

test('a password is the same however a keyboard composes its letters, and U+0000 cuts nothing off', async () => {
  const stored = await passwords.hash('\u0928\u093c\u092e\u0938\u094d\u0924\u0947-caf\u00e9-long-enough')
  expect(await passwords.verify(stored, '\u0929\u092e\u0938\u094d\u0924\u0947-cafe\u0301-long-enough')).toBe(true)
  const withZero = await passwords.hash('before\u0000after')
  expect(await passwords.verify(withZero, 'before\u0000other')).toBe(false)
})

test('a stolen hash fits nothing without the key of this installation', async () => {
  const stored = await passwords.hash('Correct-horse-battery-9173')
  const elsewhere = createPasswords(randomBytes(32), 4)
  expect(await elsewhere.verify(stored, 'Correct-horse-battery-9173')).toBe(false)
})

test('nobody has a password, but finding that out takes as long', async () => {
  expect(await passwords.verify(null, '')).toBe(false)
  const slow = createPasswords(key, 10)
  const stored = await slow.hash('Correct-horse-battery-9173')
  // Time on the processor, which other processes cannot spoil.
  const worked = async (hash: string | null) => {
    const before = process.cpuUsage().user
    expect(await slow.verify(hash, 'something else entirely')).toBe(false)
    return process.cpuUsage().user - before
  }
  let [known, unknown] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  const ratio = () => unknown / known
  // The next lower cost would be half of the work, the next higher one twice. The least of many runs comes near what the
  // work itself takes; a busy machine needs more of them.
  for (let round = 0; round < 40 && !(round > 3 && ratio() > 0.8 && ratio() < 1.25); round++) {
    known = Math.min(known, await worked(stored))
    unknown = Math.min(unknown, await worked(null))
  }
  expect(ratio()).toBeGreaterThan(0.6)
  expect(ratio()).toBeLessThan(1.6)
})

test('ASVS 11.4.2: a hash of a lower cost is known as outdated', async () => {
  const stored = await passwords.hash('Correct-horse-battery-9173')
  expect(passwords.isOutdated(stored)).toBe(false)
  expect(createPasswords(key, 5).isOutdated(stored)).toBe(true)
  expect(passwords.isOutdated('of another kind')).toBe(true)
})

describe('a flood of sign-ins', () => {
  test('waits in line, and beyond the line is turned away at once, and the line goes on', async () => {
    const busy = createPasswords(key, 6)
    const answers = await Promise.allSettled(Array.from({ length: 200 }, () => busy.hash('Correct-horse-battery-9173')))
    const done = answers.filter(({ status }) => status === 'fulfilled')
    expect(done).toHaveLength(66)
    const refused = answers.find((answer) => answer.status === 'rejected')
    expect(refused).toMatchObject({ reason: { code: 'unavailable' } })
    expect(await busy.verify(await busy.hash('afterwards'), 'afterwards')).toBe(true)
  })
})
