import type { Reading } from '../pattern.ts'
import { isDefinition, isNegated, isWarned } from '../polarity.ts'
import { coveredAt, inSentence, occurs, rangeHit, sentenceBounds } from './reading.ts'

/** What makes a sentence a claim when it stands beside an invitation: one concept of each group. */
const CLAIMS: readonly (readonly (readonly string[])[])[] = [
  [
    ['<pct>', '<times>'],
    ['@return', '@earn', '@period', '@gave'],
  ],
  [
    ['@guarantee', '@no-loss'],
    ['@return', '@money', '@investment-word'],
  ],
  [
    ['@safe', '@zero'],
    ['@return', '@investment-word', '@risk'],
  ],
  [
    ['@double', '@crorepati'],
    ['@money', '<time>', '@become'],
  ],
  [['@best'], ['@provider', '@first-person']],
  [['@free'], ['@call-word', '@advice-noun']],
  [['@rebate'], ['@inducement', '@give-get']],
  [['@celebrity'], ['@first-person', '@fund', '@endorses']],
  [
    ['@security', '@ipo'],
    ['@buy', '@take', '@sell', '@apply'],
  ],
  [['@crypto'], ['@invest', '@buy', '@take', '@earn']],
  [['@tax'], ['@absolute', '@tax-free']],
  [['@loan'], ['@put-verb'], ['@market-noun']],
  [['@client-word'], ['@earned'], ['<money>', '<pct>', '@return']],
  [['@call-word'], ['@accuracy', '@target-hit']],
  [['@regulator'], ['@approve']],
  [['@rival'], ['@insult', '@better']],
  [
    ['@inside', '@hearsay'],
    ['@stock', '@security', '@listed-word'],
  ],
]

/** What turns such words into information: an assumption, a rate of a deposit or of inflation, a rule of tax. */
const INFORMATION = [
  '@illustration',
  '@inflation',
  '@official',
  '@statutory',
  '@tax-condition',
  '@sovereign-product',
  '@registered',
  '@greeting',
  '@dont-give',
  '@risk-word',
  '@lossword',
]

/** "Our basket", "hamari yojana": an own product is offered, whatever is said about it. */
const offersOwnProduct = (reading: Reading, first: number, last: number): boolean => {
  for (let index = first; index < last; index++) {
    if (coveredAt(reading, index, '@our') === 0) continue
    for (let next = index + 1; next <= Math.min(last, index + 3); next++)
      if (coveredAt(reading, next, '@product-noun') > 0) return true
  }
  return false
}

/**
 * True when a sentence makes a claim and the text invites to act, and nothing in the sentence denies, warns or
 * explains. It decides nothing about the claim; it keeps such a text from being approved by itself.
 */
export const makesPromotionalClaim = (reading: Reading): boolean => {
  if (!occurs(reading, '@pitch')) return false
  return sentenceBounds(reading).some(({ first, last }, sentence) => {
    const claims = CLAIMS.some((groups) => groups.every((group) => inSentence(reading, sentence, ...group)))
    if (!claims && !offersOwnProduct(reading, first, last)) return false
    if (!inSentence(reading, sentence, '@pitch', '@first-person') && !inSentence(reading, sentence + 1, '@pitch'))
      return false
    if (inSentence(reading, sentence, '@not-verb', '@not-noun', '@not-after', ...INFORMATION)) return false
    const hit = rangeHit(first, last)
    return !isWarned(reading, hit) && !isDefinition(reading, hit) && !isNegated(reading, hit)
  })
}
