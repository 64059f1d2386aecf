import type { LabelledMessage } from '@pramaan/shared'
import { checkText } from './check-text.ts'
import type { Judged } from './measure.ts'
import type { Subject } from './types.ts'

export type { Judged } from './measure.ts'
export { familyTable, mutationTable, ruleTable, setTable } from './quality-tables.ts'
export { type RuleTest, testRules } from './self-test.ts'

const AUDIENCES = { one_to_one: 'client', clients: 'clients', public: 'public' } as const

/** A labelled message as it is judged. */
export const subjectOfMessage = (message: LabelledMessage): Subject => ({
  text: message.text,
  licences: [message.licence],
  channel: message.channel,
  audience: AUDIENCES[message.audience],
  language: message.language,
  publicationDate: message.publicationDate,
})

/** The message with the verdict on it, offline and without AI. */
export const judgeMessage = (message: LabelledMessage): LabelledMessage & Judged => ({
  ...message,
  verdict: checkText(subjectOfMessage(message), { displayName: 'Your name', licences: [] }, () => 0),
})
