import { expect, test } from 'vitest'
import { STANDARD_WARNINGS } from './index.ts'
import { gistOf, kinshipOf, SAMPLE_SIZE, sampleOf } from './rewrites.ts'

const REFUSED = 'Our flagship plan gives assured returns of 15% every year. Invest before Friday and double your money.'
const kinship = (text: string, refused = REFUSED) => kinshipOf(gistOf(refused), gistOf(text))

test('a rewrite is one whatever its letters, digits, spelling and order', () => {
  const rewrites = [
    REFUSED,
    REFUSED.toUpperCase(),
    REFUSED.replaceAll('a', 'а'),
    REFUSED.replaceAll('o', '0').replaceAll('e', '3'),
    [...REFUSED].join('\u200b'),
    'Invest before Friday and double your money. Every year our flagship plan gives fifteen percent assured returns.',
    'Humara flagship plan har saal 15 pratishat pakka munafa deta hai. Friday se pehle invest karo, paisa dugna.',
    `Good morning, dear friends. ${REFUSED} Write to me when you have questions about your goals, and have a fine week.`,
  ]
  for (const text of rewrites) expect(kinship(text), text).not.toBeNull()
})

test('another text on the same subject is no rewrite, and neither is one that shares the standard warning', () => {
  const others = [
    'Our plan for Friday: a class for beginners on how a mutual fund works.',
    'A SIP of ₹5,000 every month builds the habit of saving. Returns are never assured.',
    'Happy Diwali to you and your family!',
  ]
  for (const text of others) {
    expect(kinship(text), text).toBeNull()
    expect(kinship(`${text} ${STANDARD_WARNINGS.W4}`, `${REFUSED} ${STANDARD_WARNINGS.W4}`), text).toBeNull()
  }
})

test('a text without a word is a rewrite of nothing', () => {
  expect(kinship('🎉🎉', '🎉🎉')).toBeNull()
  expect(kinship('Of the and', 'The of')).toBeNull()
})

test('the sample of a text is the same whatever the order of its things, and no longer than agreed', () => {
  const hashes = Array.from({ length: 500 }, (_, n) => (BigInt(n) * 2_654_435_761n) % 10_007n)
  expect(sampleOf(hashes)).toHaveLength(SAMPLE_SIZE)
  expect(sampleOf(hashes.toReversed())).toEqual(sampleOf(hashes))
})
