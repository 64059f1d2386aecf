import type { ContentStatus } from '@pramaan/shared'
import { AppError } from '../platform/errors.ts'

const ADVICE: Partial<Record<ContentStatus, string>> = {
  checking: 'It is being checked. Wait for the verdict, or revise it.',
  in_review: 'A reviewer has it. Wait for the decision, revise it, or withdraw it.',
  rejected: 'A reviewer rejected it. Write a new version first.',
  scheduled: 'A campaign is waiting with it. Cancel the campaign or withdraw the text first.',
  published: 'It went out as it stands. Withdraw it to stop what is still on its way, or write a new text.',
  withdrawn: 'It was withdrawn. Submit or revise it.',
  archived: 'It is archived. Write a new text.',
}

/** The refusal of a step that the state of a text forbids. */
export function notAllowedNow(step: 'submit' | 'revise' | 'withdraw', status: ContentStatus): AppError {
  const advice = ADVICE[status] ?? 'Somebody else changed it at the same time. Read it again.'
  return new AppError('invalid_state', `You cannot ${step} this text now. ${advice}`)
}
