import { dictionary } from '@zxcvbn-ts/language-common'

/**
 * Some 57,000 texts in lower case: the most used passwords of public breaches, and the words that dice pass phrases are
 * made of (`@zxcvbn-ts/language-common`, data alone; see docs/decisions/0010-passwords.md).
 */
const COMMON: ReadonlySet<string> = new Set([...dictionary['passwords-common'], ...dictionary['diceware-common']])

/** Whether a text, in lower case, is among them. */
export const isCommonPassword = (text: string): boolean => COMMON.has(text)
