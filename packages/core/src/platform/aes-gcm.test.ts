import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { decrypt, encrypt } from './aes-gcm.ts'

/** Project Wycheproof's cases, which lie beside the repository where it is worked on. */
const VECTORS = fileURLToPath(new URL('../../../../../shared/vectors/', import.meta.url))
const hex = (text: string) => Buffer.from(text, 'hex')

interface Case {
  tcId: number
  comment: string
  result: 'valid' | 'invalid' | 'acceptable'
  [field: string]: unknown
}
function casesOf<Fields>(name: string): (Case & Fields)[] {
  const path = `${VECTORS}${name}.json`
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).tests : []
}

interface GcmCase {
  key: string
  iv: string
  aad: string
  msg: string
  ct: string
  tag: string
  ivSize: number
  tagSize: number
}
/** NIST's GCM specification, test case 16: a 256-bit key, additional data and a text that ends within a block. */
const NIST_16: Case & GcmCase = {
  tcId: 0,
  comment: 'GCM specification, test case 16',
  result: 'valid',
  key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
  iv: 'cafebabefacedbaddecaf888',
  aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
  msg: 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  ct: '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
  tag: '76fc6ece0f4e1768cddf8853bb2d551b',
  ivSize: 96,
  tagSize: 128,
}

describe('AES-256-GCM', () => {
  test.each([NIST_16, ...casesOf<GcmCase>('aes256-gcm')])('case $tcId ($result) $comment', (one) => {
    const sealed = Buffer.concat([hex(one.iv), hex(one.tag), hex(one.ct)])
    const open = () => decrypt(hex(one.key), hex(one.aad), sealed).toString('hex')
    // Our format has room for one size of nonce and tag: whatever comes in another one does not open.
    if (one.result === 'valid' && one.ivSize === 96 && one.tagSize === 128) expect(open()).toBe(one.msg)
    else expect(open).toThrow()
  })

  test('what was encrypted opens, and never stands in the same bytes twice', () => {
    const [key, additional, text] = [hex(NIST_16.key), Buffer.from('place'), Buffer.from('a text')]
    const [one, other] = [encrypt(key, additional, text), encrypt(key, additional, text)]
    expect(decrypt(key, additional, one)).toEqual(text)
    expect(one.equals(other)).toBe(false)
  })

  test('a ciphertext in which any one bit is another, or that is cut, does not open', () => {
    const key = hex(NIST_16.key)
    const sealed = encrypt(key, Buffer.from('place'), Buffer.from('a text'))
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const forged = Buffer.from(sealed)
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => decrypt(key, Buffer.from('place'), forged)).toThrow()
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => decrypt(key, Buffer.from('place'), sealed.subarray(0, length))).toThrow()
    }
    expect(() => decrypt(key, Buffer.from('another place'), sealed)).toThrow()
  })
})

describe('HKDF-SHA-256, as keys are derived', () => {
  const RFC_5869_A3 = {
    tcId: 0,
    comment: 'RFC 5869, appendix A.3',
    result: 'valid' as const,
    ikm: '0b'.repeat(22),
    salt: '',
    info: '',
    size: 42,
    okm: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  }
  test.each([RFC_5869_A3, ...casesOf<typeof RFC_5869_A3>('hkdf-sha256')])('case $tcId ($result) $comment', (one) => {
    const derive = () => Buffer.from(hkdfSync('sha256', hex(one.ikm), hex(one.salt), hex(one.info), one.size))
    if (one.result === 'valid') expect(derive().toString('hex')).toBe(one.okm)
    else expect(derive).toThrow()
  })
})

describe('HMAC-SHA-256, as look-ups and webhooks use it', () => {
  const RFC_4231_2 = {
    tcId: 0,
    comment: 'RFC 4231, test case 2',
    result: 'valid' as const,
    key: '4a656665',
    msg: '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
    tag: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    tagSize: 256,
  }
  test.each([RFC_4231_2, ...casesOf<typeof RFC_4231_2>('hmac-sha256')])('case $tcId ($result) $comment', (one) => {
    const tag = createHmac('sha256', hex(one.key)).update(hex(one.msg)).digest()
    const given = hex(one.tag)
    // A tag that was cut is refused, right or not.
    const same = given.length === tag.length && timingSafeEqual(given, tag)
    expect(same).toBe(one.result === 'valid' && one.tagSize === 256)
  })
})
