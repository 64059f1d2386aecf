import { z } from 'zod'

/** In how many weeks a firm that pays today would be gone: what the model foretells. */
export const HORIZON_WEEKS = 8

/**
 * What is counted of a paying firm on a day, from our own tables; "recent" are the last 30 days, "before" the 60 days
 * before these. Counts and times of the firm: nothing about its people or clients.
 */
export const Observation = z.object({
  textsRecent: z.number(),
  textsBefore: z.number(),
  sentBackRecent: z.number(),
  messagesRecent: z.number(),
  messagesBefore: z.number(),
  failedRecent: z.number(),
  /** Since anybody of the firm last signed in; 90 stands for longer and for never. */
  daysSinceSignIn: z.number(),
  /** Reviews in the last 90 days that took longer than the tier promises. */
  lateReviews: z.number(),
  /** Grievances raised in the last 90 days. */
  grievances: z.number(),
  /** A charge has failed and is being tried again. */
  chargeFailing: z.boolean(),
  /** It moved to a cheaper plan in the last 90 days. */
  downgraded: z.boolean(),
  /** Until what is paid for ends; 0 when it has ended. */
  daysPaid: z.number(),
  /** It pays for a year at once. */
  yearly: z.boolean(),
  /** Since the first payment. */
  tenureDays: z.number(),
})
export type Observation = z.infer<typeof Observation>

interface Feature {
  value(of: Observation): number
  /** Why the risk is higher than that of an average firm, in words; null where there is nothing to say. */
  reason(of: Observation): string | null
}

const LONGEST_GAP = 90

const count = (number: number, one: string, many = `${one}s`) => `${number} ${number === 1 ? one : many}`

const perMonth = (before: number) => Math.round(before / 2)

/** The features, in the order of the weights. Logarithms, as one more says less the more there are. */
const FEATURES = {
  sign_in_gap: {
    value: ({ daysSinceSignIn }) => Math.log1p(Math.min(daysSinceSignIn, LONGEST_GAP)),
    reason: ({ daysSinceSignIn: days }) =>
      days >= LONGEST_GAP ? `Nobody has signed in for ${LONGEST_GAP} days` : `Last sign-in ${count(days, 'day')} ago`,
  },
  texts: {
    value: ({ textsRecent }) => Math.log1p(textsRecent),
    reason: ({ textsRecent }) => `${count(textsRecent, 'text')} checked in 30 days, fewer than usual among firms`,
  },
  texts_trend: {
    value: ({ textsRecent, textsBefore }) => Math.log((textsRecent + 1) / (textsBefore / 2 + 1)),
    reason: ({ textsRecent, textsBefore }) =>
      `Texts went from ${perMonth(textsBefore)} a month to ${textsRecent} in the last 30 days`,
  },
  messages: {
    value: ({ messagesRecent }) => Math.log1p(messagesRecent),
    reason: ({ messagesRecent }) => `${count(messagesRecent, 'message')} sent in 30 days, fewer than usual among firms`,
  },
  messages_trend: {
    value: ({ messagesRecent, messagesBefore }) => Math.log((messagesRecent + 10) / (messagesBefore / 2 + 10)),
    reason: ({ messagesRecent, messagesBefore }) =>
      `Messages went from ${perMonth(messagesBefore)} a month to ${messagesRecent} in the last 30 days`,
  },
  // Twenty and four more than there were: a share of a few is pulled towards none.
  failed_share: {
    value: ({ failedRecent, messagesRecent }) => failedRecent / (messagesRecent + failedRecent + 20),
    reason: ({ failedRecent, messagesRecent }) =>
      `${failedRecent} of ${count(messagesRecent + failedRecent, 'message')} failed in 30 days`,
  },
  sent_back_share: {
    value: ({ sentBackRecent, textsRecent }) => sentBackRecent / (textsRecent + 4),
    reason: ({ sentBackRecent, textsRecent }) =>
      `${sentBackRecent} of ${count(textsRecent, 'text')} sent back in 30 days`,
  },
  late_reviews: {
    value: ({ lateReviews }) => Math.log1p(lateReviews),
    reason: ({ lateReviews }) => `${count(lateReviews, 'review')} took longer than promised in 90 days`,
  },
  grievances: {
    value: ({ grievances }) => Math.log1p(grievances),
    reason: ({ grievances }) => `${count(grievances, 'grievance')} in 90 days`,
  },
  charge_failing: {
    value: ({ chargeFailing }) => (chargeFailing ? 1 : 0),
    reason: () => 'A charge has failed and is being tried again',
  },
  downgraded: {
    value: ({ downgraded }) => (downgraded ? 1 : 0),
    reason: () => 'Moved to a cheaper plan in the last 90 days',
  },
  renewal_due: {
    value: ({ daysPaid }) => (daysPaid <= HORIZON_WEEKS * 7 ? 1 : 0),
    // Who pays by the month always has one before it.
    reason: ({ daysPaid, yearly }) => (yearly ? `The year that is paid for ends in ${count(daysPaid, 'day')}` : null),
  },
  tenure: {
    value: ({ tenureDays }) => Math.log1p(tenureDays / 30),
    reason: ({ tenureDays }) => `Has paid for ${count(tenureDays, 'day')} only`,
  },
} satisfies Record<string, Feature>

export type FeatureName = keyof typeof FEATURES
export const FEATURE_NAMES = Object.keys(FEATURES) as FeatureName[]

/** The values of all features, in the order of `FEATURE_NAMES`. */
export const valuesOf = (observation: Observation): number[] =>
  Object.values<Feature>(FEATURES).map(({ value }) => value(observation))

export const reasonOf = (name: FeatureName, observation: Observation): string | null =>
  (FEATURES[name] as Feature).reason(observation)
