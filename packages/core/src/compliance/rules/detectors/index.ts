import { alteredWarning } from './altered-warning.ts'
import { priceCall, rankedScheme, winkingLesson } from './call-frames.ts'
import { analystView, fragment, namedSchemeWithAction, securityWithLevels } from './calls.ts'
import { clientStory, creditedQuotation } from './client-frames.ts'
import type { Detector } from './detector.ts'
import {
  amountTimeReturn,
  amountToAmount,
  borrowAcrossSentences,
  celebrityAcrossSentences,
  clientQuotation,
  contestAcrossSentences,
  ownRecord,
  splitNeverLose,
} from './discourse.ts'
import { hiddenCharacters } from './hidden-characters.ts'
import { personalData } from './personal-data.ts'
import { lessonWithDirection, recentPriceData } from './price-data.ts'

/** The detectors that rules may name. */
export const DETECTORS: Readonly<Record<string, Detector>> = {
  'altered-warning': alteredWarning,
  'amount-time-return': amountTimeReturn,
  'amount-to-amount': amountToAmount,
  'analyst-view': analystView,
  'borrow-across-sentences': borrowAcrossSentences,
  'celebrity-across-sentences': celebrityAcrossSentences,
  'client-quotation': clientQuotation,
  'client-story': clientStory,
  'contest-across-sentences': contestAcrossSentences,
  'credited-quotation': creditedQuotation,
  fragment,
  'hidden-characters': hiddenCharacters,
  'lesson-with-direction': lessonWithDirection,
  'price-call': priceCall,
  'ranked-scheme': rankedScheme,
  'winking-lesson': winkingLesson,
  'named-scheme-with-action': namedSchemeWithAction,
  'own-record': ownRecord,
  'personal-data': personalData,
  'recent-price-data': recentPriceData,
  'security-with-levels': securityWithLevels,
  'split-never-lose': splitNeverLose,
}
