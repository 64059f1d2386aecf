import type { ErrorClass } from '../../clients/whatsapp/index.ts'

/** What a refusal by the vendor does to the delivery, its campaign, its recipient and the connection. */
export interface RefusalEffect {
  delivery: 'again' | 'again_for_pair' | 'once_tomorrow' | 'fail'
  holds?: 'template' | 'vendor' | 'connection'
  /** The number, the account or our app is too fast: all messages of the advisor wait. */
  pauses?: true
  /** It is about this person, whatever the message. */
  marksPerson?: true
  optsOut?: true
}

/** One line for each class of error, as whatsapp.md section 8 advises. */
export const REFUSAL_EFFECTS: Record<ErrorClass, RefusalEffect> = {
  retry: { delivery: 'again' },
  retry_pair: { delivery: 'again_for_pair' },
  not_today: { delivery: 'once_tomorrow', marksPerson: true },
  recipient: { delivery: 'fail', marksPerson: true },
  opted_out: { delivery: 'fail', optsOut: true, marksPerson: true },
  window: { delivery: 'fail' },
  request: { delivery: 'fail' },
  hold_campaign: { delivery: 'again', holds: 'vendor' },
  stop_account: { delivery: 'again', holds: 'connection' },
}

const TEMPLATE_MISSING: RefusalEffect = { delivery: 'again', holds: 'template' }
const ALL_TOO_FAST: RefusalEffect = { delivery: 'again', pauses: true }

/** Codes that say more than their class: what is wrong with the template is wrong for the whole campaign. */
const CODE_EFFECTS: Readonly<Record<number, RefusalEffect>> = {
  4: ALL_TOO_FAST,
  80007: ALL_TOO_FAST,
  130429: ALL_TOO_FAST,
  131057: ALL_TOO_FAST,
  132000: TEMPLATE_MISSING,
  132001: TEMPLATE_MISSING,
  132005: TEMPLATE_MISSING,
  132007: TEMPLATE_MISSING,
  132015: TEMPLATE_MISSING,
  132016: TEMPLATE_MISSING,
}

/** What a refusal means; of a code that nobody told us of, only whether it is worth another try. */
export function refusalEffect(code: number | null, errorClass: ErrorClass | null, retryable: boolean): RefusalEffect {
  const byCode = code === null ? undefined : CODE_EFFECTS[code]
  if (byCode) return byCode
  return errorClass === null ? { delivery: retryable ? 'again' : 'fail' } : REFUSAL_EFFECTS[errorClass]
}

/** WhatsApp's limit for a person and day: trying again sooner makes it longer. */
export const TOMORROW_MS = 24 * 3_600_000

const CLASS_REASONS: Record<ErrorClass, string> = {
  retry: 'WhatsApp was busy and did not take the message.',
  retry_pair: 'Too many messages went to this person in a short time.',
  not_today: 'WhatsApp limits how many marketing messages this person gets. It is tried once more after 24 hours.',
  recipient: 'The message could not be delivered to this number.',
  opted_out: 'This person stopped marketing messages on WhatsApp.',
  window: 'WhatsApp only lets a template go out to this person now.',
  request: 'WhatsApp refused the form of this message.',
  hold_campaign: 'WhatsApp stopped messages of this kind.',
  stop_account: 'WhatsApp does not let this account send.',
}

const CODE_REASONS: Readonly<Record<number, string>> = {
  131026: 'This number is not on WhatsApp, or its app is too old to receive the message.',
  130403: 'This number is blocked for messages of the business.',
  130472: 'WhatsApp kept this message back as part of an experiment.',
  131021: 'The number is the sending number itself.',
  131042: 'WhatsApp needs a valid payment method for this account.',
  131031: 'WhatsApp has locked this account.',
  131037: 'WhatsApp has not approved the display name of the number.',
  133010: 'The number is not registered at WhatsApp.',
  190: 'The access to the WhatsApp account has ended. Connect the number again.',
}

/** A refusal in words that an advisor understands; no text of the vendor. */
export function refusalReason(code: number | null, errorClass: ErrorClass | null): string {
  const byCode = code === null ? undefined : CODE_REASONS[code]
  return byCode ?? (errorClass === null ? 'WhatsApp did not deliver the message.' : CLASS_REASONS[errorClass])
}

/** After so many tries a delivery that is always put off has failed. */
export const MAX_ATTEMPTS = 8

/** How long to wait after the nth try, in ms: doubling to 5 minutes, or 4^n seconds for one pair of numbers. */
export function backoffMs(attempts: number, kind: 'again' | 'again_for_pair', jitter: number): number {
  const base = kind === 'again' ? Math.min(2 ** attempts, 300) : Math.min(4 ** (attempts - 1), 3_600)
  return Math.round(base * 1_000 * (1 + jitter / 2))
}
