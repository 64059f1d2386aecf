import { priceOf } from './price.ts'

/** What is known at the moment of sending. */
export interface SendFacts {
  campaignState: string
  recipientState: string
  /** Whether the ledger holds a grant for marketing messages. */
  consented: boolean
  advisorActive: boolean
  licenceValid: boolean
  proofValid: boolean
  connectionState: string | null
  templateStatus: string | null
  /** Whether the template, filled with the campaign's parameters, says exactly what the proof covers. */
  parametersFit: boolean
}

type SendDecision =
  | { do: 'send' }
  /** This person gets nothing. */
  | { do: 'cancel'; reason: string }
  /** Nobody gets anything until somebody looked. */
  | { do: 'hold'; reason: string }
  /** Not now: the campaign is not running, and whoever resumes it queues the delivery again. */
  | { do: 'wait' }

/** Why a campaign stands still. The first group ends by itself when WhatsApp or a new connection says so. */
export const HOLD_REASONS = {
  template:
    'WhatsApp has not approved the message template, or has paused it. The campaign goes on when it is approved.',
  connection: 'The WhatsApp number is not connected. The campaign goes on when the number is connected again.',
  advisor: 'The advisor account is not active. Nothing is sent until it is restored.',
  licence: 'No licence of the advisor is verified and in force. Nothing is sent until one is.',
  parameters:
    'The template and its parameters do not say what was approved. Nothing is sent; make a new campaign with the right ones.',
  proof: 'The approval of this text is no longer valid. Have the text approved again and make a new campaign.',
  paused: 'Somebody of your firm paused the campaign. Resume it to go on.',
  plan: 'Your plan has too few recipients left this month for everybody in this campaign. Choose a larger plan or wait for the next month, then resume the campaign.',
  vendor: 'WhatsApp limits messages of this kind from this number. Look into WhatsApp Manager before sending again.',
} as const

/** A template costs something else now: a person has to look at the price before the campaign goes on. */
export function categoryReason(from: string, to: string, now: Date): string {
  const [before, after] = [from, to].map((category) => priceOf('IN', category, now))
  const rupees = (millipaise: number | null | undefined) =>
    millipaise == null ? 'an unknown price' : `Rs ${(millipaise / 100_000).toFixed(4)}`
  return `WhatsApp now charges this template as ${to.toLowerCase()} instead of ${from.toLowerCase()}: ${rupees(after)} instead of ${rupees(before)} for each message in India, before tax. Resume the campaign if that is right.`
}

export const CANCEL_REASONS = {
  optedOut: 'Not sent: this person opted out of messages.',
  noConsent: 'Not sent: there is no consent to marketing messages on record.',
  cancelled: 'Not sent: the campaign was cancelled.',
  erased: 'Not sent: this person asked to be erased.',
  unknownRecipient: 'Not sent: the recipient is no longer on record.',
} as const

/** Whether one delivery may go out now. Whatever is missing counts against it. */
export function maySend(facts: SendFacts): SendDecision {
  if (facts.campaignState === 'cancelled' || facts.campaignState === 'completed') {
    return { do: 'cancel', reason: CANCEL_REASONS.cancelled }
  }
  if (facts.campaignState !== 'sending') return { do: 'wait' }
  const refusal = recipientRefusal(facts)
  if (refusal !== null) return { do: 'cancel', reason: refusal }
  const hold = holdReason(facts)
  return hold === null ? { do: 'send' } : { do: 'hold', reason: hold }
}

/** Why a person may not be written to; null when there is no reason. */
export function recipientRefusal(facts: Pick<SendFacts, 'recipientState' | 'consented'>): string | null {
  if (facts.recipientState === 'erased') return CANCEL_REASONS.erased
  if (facts.recipientState !== 'active') return CANCEL_REASONS.optedOut
  return facts.consented ? null : CANCEL_REASONS.noConsent
}

/** Why nothing of a campaign may go out; null when there is no reason. */
export function holdReason(facts: Omit<SendFacts, 'campaignState' | 'recipientState' | 'consented'>): string | null {
  if (!facts.advisorActive) return HOLD_REASONS.advisor
  if (!facts.licenceValid) return HOLD_REASONS.licence
  if (!facts.proofValid) return HOLD_REASONS.proof
  if (facts.connectionState !== 'connected') return HOLD_REASONS.connection
  if (facts.templateStatus !== 'APPROVED') return HOLD_REASONS.template
  return facts.parametersFit ? null : HOLD_REASONS.parameters
}

interface Licence {
  state: string
  validUntil: Date | null
}

/** Whether one of the licences is verified and not past its date; one that is about to lapse still counts. */
export const hasLicenceInForce = (licences: readonly Licence[], now: Date): boolean =>
  licences.some(
    ({ state, validUntil }) =>
      (state === 'verified' || state === 'lapsing') && (validUntil === null || validUntil > now),
  )
