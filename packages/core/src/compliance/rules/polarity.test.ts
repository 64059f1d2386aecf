import { describe, expect, it } from 'vitest'
import { familiesOf, judge } from './fixtures/judge.ts'

const hasGuarantee = (text: string) => familiesOf(judge(text)).includes('guarantee')

describe('a negation turns the meaning', () => {
  it.each([
    ['Returns are guaranteed.', 'Returns are not guaranteed.'],
    ['We offer guaranteed returns.', 'We do not offer guaranteed returns.'],
    ['This plan is risk-free.', 'No investment is risk-free.'],
    ['Isme guarantee return milega.', 'Isme return ki koi guarantee nahi hai.'],
    ['इसमें गारंटीड रिटर्न मिलेगा।', 'रिटर्न की कोई गारंटी नहीं है।'],
    ['हमखास परतावा मिळेल.', 'परताव्याची कोणतीही हमी नसते.'],
    ['ગેરંટીડ વળતર મળશે.', 'વળતરની કોઈ ગેરંટી નથી.'],
    ['உத்தரவாத வருமானம் கிடைக்கும்.', 'வருமானத்திற்கு எந்த உத்தரவாதமும் இல்லை.'],
  ])('%s / %s', (claim, denial) => {
    expect([hasGuarantee(claim), hasGuarantee(denial)]).toEqual([true, false])
  })

  it.each([
    'Never miss this: guaranteed returns of 15%.',
    'Why wait? Not only safe but guaranteed returns of 15%.',
    "Don't worry, your returns are guaranteed.",
    'Pakka return milega, tension nahi.',
    'Guaranteed return hai, koi risk nahi.',
  ])('but not when it negates something else: %s', (text) => {
    expect(hasGuarantee(text)).toBe(true)
  })
})

describe('a warning about the claims of others', () => {
  it.each([
    'Beware of anyone promising guaranteed returns.',
    'If a message says “double your money in 21 days”, it is a fraud. Do not pay.',
    'सावधान! “पक्का मुनाफा” कहने वाले संदेश धोखा हैं।',
    'Jo bole “paisa double” us se door raho, yeh scam hai.',
  ])('is no claim: %s', (text) => {
    expect(hasGuarantee(text)).toBe(false)
  })

  it.each([
    'Beware of others, we give guaranteed returns of 15%.',
    'Scams are everywhere. Our plan gives guaranteed returns of 15% a year.',
    'Guaranteed 12% every year. Mutual Fund investments are subject to market risks, read all scheme related documents carefully.',
  ])('does not cure an own claim beside it: %s', (text) => {
    expect(hasGuarantee(text)).toBe(true)
  })
})
