import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog, describeError } from '@pramaan/core/platform/log'
import { afterAll, expect, test } from 'vitest'
import { describeLeaks, findSecrets } from './find-secrets.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** What is found in a log of these fields, written by the product's own logger. */
function found(fields: object, message = 'something happened', secrets: string[] = []): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'pramaan-plant-'))
  folders.push(folder)
  writeFileSync(join(folder, 'secrets-1'), secrets.join('\n'))
  createLog({ level: 'debug', name: 'plant', file: join(folder, 'plant.log') }).info(fields, message)
  return findSecrets(folder).leaks.map(({ what }) => what)
}

const KEY = `prm_test_${crypto.randomUUID().replaceAll('-', '')}_${'k'.repeat(43)}`
const JWT = `${'eyJhbGciOiJFUzI1NiJ9'}.${'eyJzdWIiOiJ4In0abc'}.${'s'.repeat(86)}`

test.each<[string, object, string?]>([
  ['an email address', { reason: 'no mail to asha.verma+x@example.test' }],
  ['a phone number', { detail: ['+919812345678'] }],
  ['a phone number', {}, 'sent to 919812345678'],
  ['a signed token', { got: JWT }],
  ['an API key', { got: KEY }],
  ['a bearer credential', { header: 'Bearer abcdefghijklmnopqrstuvwx' }],
  ['a password hash', { row: { passwordHashed: '$2b$12$abc' } }],
  ['a private key', {}, '-----BEGIN PRIVATE KEY-----'],
  ['an address of a service with its password', { error: 'cannot reach postgres://app:hunter2@db:5432/x' }],
  ['the secret of an authenticator', {}, 'otpauth://totp/x'],
  ['a recovery code', { got: 'ABCDEFG-ABCDEFG-ABCDEFG-234567A' }],
  ['a code of six digits', { deep: { list: ['493817'] } }],
  ['the field password', { input: { password: 'x' } }],
  ['the field refreshToken', { refreshToken: 'x' }],
])('security.md 73: %s in a log is found', (what, fields, message) => {
  expect(found(fields, message)).toContain(what)
})

test('security.md 73: a value that a test named is found wherever it stands, one word or several', () => {
  const secrets = ['Correct-horse-battery-9173', 'another quite unrelated sentence', 'kT3xQ9_abcDEF-123']
  for (const secret of secrets) {
    for (const fields of [{ a: { b: [secret] } }, { error: `refused: ${secret}.` }, { url: `/x?t=${secret}&y=1` }]) {
      expect(found(fields, 'x', secrets)).toEqual(['a secret of a test'])
    }
    expect(found({}, `it was ${secret}`, secrets)).toEqual(['a secret of a test'])
  }
})

test('what logs are for is not taken for a secret', () => {
  const error = describeError(new Error('connect ECONNREFUSED 127.0.0.1:5432'))
  const line = { requestId: crypto.randomUUID(), route: '/api/auth/password/reset', status: 401, code: 'invalid_token' }
  expect(found({ ...line, ...error, stack: 'at x (/a/.pnpm/pg@8.23.1/node_modules/pg/lib/client.js:694:17)' })).toEqual(
    [],
  )
  expect(found({ waba: '106540352242922', tookMs: 123456, url: 'http://127.0.0.1:8787' }, 'listening')).toEqual([])
})

test('a leak is told by kind and place, and never by its value', () => {
  const told = describeLeaks([{ file: 'api.log', line: 7, what: 'an API key' }])
  expect(told).toContain('an API key in api.log: line 7, 1 in all')
})
