import { LIKENESS, likenessOfText } from '../likeness.ts'
import type { Reading } from '../pattern.ts'
import type { Subject } from '../types.ts'
import { namedSchemes } from './calls.ts'
import { needsPriceReview } from './price-data.ts'
import { makesPromotionalClaim } from './promotion.ts'
import { occurs } from './reading.ts'

/** A state of the text under which an obligation is due. */
export type TextCondition = (reading: Reading, subject: Subject) => boolean

/** A text that is so much more like harmless ones than like any family needs no person for a claim beside an invitation. */
const HARMLESS = -150

const SOCIAL_CHANNELS = new Set(['whatsapp', 'linkedin'])

const aboutSecurities = (reading: Reading) =>
  occurs(reading, '@mutual-fund', '@fund', '@stock', '@security', '@index', '@ipo')

/** The conditions that rules may name. */
export const CONDITIONS: Readonly<Record<string, TextCondition>> = {
  'scheme-return': (reading) =>
    occurs(reading, '@fund') && occurs(reading, '<pct>') && occurs(reading, '@gave', '@return'),
  'social-post': (reading, subject) =>
    subject.audience !== 'client' && SOCIAL_CHANNELS.has(subject.channel) && aboutSecurities(reading),
  'indic-text': (reading) => /[\u0900-\u0dff]/.test(reading.text) && aboutSecurities(reading),
  'insurance-product': (reading) => occurs(reading, '@insurance') && occurs(reading, '@invest', '@buy', '@return'),
  solicitation: (reading, subject) =>
    subject.audience !== 'client' &&
    aboutSecurities(reading) &&
    occurs(reading, '@invest', '@buy', '@join', '@provider'),
  'client-advice': (reading, subject) =>
    subject.audience === 'clients' && occurs(reading, '@security', '@stock') && occurs(reading, '@view-word'),
  'promotional-claim': (reading, subject) =>
    makesPromotionalClaim(reading) && (likenessOfText(reading, subject)?.lead ?? 0) > HARMLESS,
  likeness: (reading, subject) => (likenessOfText(reading, subject)?.lead ?? LIKENESS.route) > LIKENESS.route,
  whatsapp: (_reading, subject) => subject.channel === 'whatsapp',
  'named-product': (reading, subject) =>
    needsPriceReview(reading, subject) ||
    (namedSchemes(reading).length > 0 && occurs(reading, '<pct>', '@nfo', '@scheme-act')) ||
    (occurs(reading, '@nfo') && occurs(reading, '@fund-house')),
}
