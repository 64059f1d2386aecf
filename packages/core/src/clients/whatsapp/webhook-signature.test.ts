import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { isSignedByWhatsapp } from './index.ts'

const SECRET = 'a secret of the app'
const sign = (body: string, secret = SECRET) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

/** Escaped as Meta escapes: parsing and writing it again gives other bytes. */
const BODY = '{"text":"caf\\u00e9 \\u003Cb> a\\u0040b.in https:\\/\\/x.in"}'

test('the signature holds over the bytes as they came and over no others', () => {
  expect(isSignedByWhatsapp(BODY, sign(BODY), SECRET)).toBe(true)
  expect(isSignedByWhatsapp(Buffer.from(BODY), sign(BODY), SECRET)).toBe(true)
  expect(isSignedByWhatsapp(JSON.stringify(JSON.parse(BODY)), sign(BODY), SECRET)).toBe(false)
})

test.each([
  ['another secret', sign(BODY, 'another')],
  ['nothing', ''],
  ['no prefix', sign(BODY).slice(7)],
  ['SHA-1', sign(BODY).replace('sha256', 'sha1')],
  ['capitals', sign(BODY).toUpperCase()],
  ['one digit less', sign(BODY).slice(0, -1)],
  ['something behind', `${sign(BODY)}\n`],
])('a signature with %s is refused', (_, signature) => {
  expect(isSignedByWhatsapp(BODY, signature, SECRET)).toBe(false)
})
