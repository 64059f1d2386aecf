/**
 * Connecting a number, step by step (whatsapp.md section 1). A connection's `step` is the one to be done next; a failed
 * connecting goes on there.
 */
export const CONNECTION_STEPS = [
  'exchange_code',
  'subscribe_app',
  'verify_number',
  'register_number',
  'read_number',
  'create_template',
  'done',
] as const
export type ConnectionStep = (typeof CONNECTION_STEPS)[number]

/** What a person reads when a step was refused: what it was about and what to do. */
export const STEP_ADVICE: Record<Exclude<ConnectionStep, 'done'>, string> = {
  exchange_code:
    'WhatsApp did not accept the sign-up code. Start the WhatsApp sign-up again and connect with its new code.',
  subscribe_app: 'WhatsApp did not let us receive events of this account. Check that the account is shared with us.',
  verify_number: 'WhatsApp did not accept the verification code. Connect again without one to have another code sent.',
  register_number: 'WhatsApp did not register the number. Check the six-digit PIN of two-step verification.',
  read_number: 'The number is not ready at WhatsApp yet. Finish its verification there, then connect again.',
  create_template: 'WhatsApp did not accept the message template. Check the account in WhatsApp Manager.',
}

/** @throws Error for a text that is not a step: the column holds nothing else */
export function connectionStep(text: string): ConnectionStep {
  const step = CONNECTION_STEPS.find((one) => one === text)
  if (!step) throw new Error(`unknown connection step ${text}`)
  return step
}

export const stepAfter = (step: Exclude<ConnectionStep, 'done'>): ConnectionStep =>
  CONNECTION_STEPS[CONNECTION_STEPS.indexOf(step) + 1] ?? 'done'

/** What a person reads when it is their move. */
export const CODE_NEEDED =
  'WhatsApp has sent a code of six digits to the number. Connect again with it as verificationCode; it goes on there.'
export const SIGN_UP_NEEDED = 'Connect with the code that the WhatsApp sign-up returns.'
