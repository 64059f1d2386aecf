import type { Channel, LicenceType, Obligation, WarningId } from '@pramaan/shared'
import { RULE_SET } from './rule-set.ts'
import type { RenderingAdvisor } from './types.ts'

/**
 * The one WhatsApp template of the product. Outside the 24-hour window only approved templates go out, so its filled
 * body is what a recipient reads: 1 the advisor, 2 the message, 3 registration line and statutory warning.
 */
export const WHATSAPP_TEMPLATE = {
  name: 'pramaan_message',
  language: 'en',
  category: 'MARKETING',
  body: 'Message from {{1}}\n\n{{2}}\n\n{{3}}\n\nReply STOP to stop these messages.',
  examples: [
    'Asha Investments',
    'A SIP is a habit of saving every month.',
    'Asha Investments, AMFI-registered Mutual Fund Distributor, ARN-123456. Mutual Fund investments are subject to market risks, read all scheme related documents carefully.',
  ],
} as const

const PREFIX = 'Message from '
const SUFFIX = '\n\nReply STOP to stop these messages.'

const requiredText = (ruleId: string): string => {
  const text = RULE_SET.rules.find((rule) => rule.id === ruleId)?.requiredText?.en
  if (text === undefined) throw new Error(`The rule pack has no required text for ${ruleId}`)
  return text
}

const W1 = requiredText('DISC-W1-WARNING')
const W2 = requiredText('DISC-W2-REGISTRATION')
const W4 = requiredText('DISC-W4-MF-WARNING')
const TAGLINE = requiredText('DISC-MFD-TAGLINE')
/** RAs are enlisted with RAASB, not members of BASL; their W2 follows the wording in use (`facts.md`, section 1). */
const W2_RA = W2.replace('membership of BASL (in case of IAs)', 'enlistment with RAASB')
const INS_LINE =
  'For more details on risk factors, terms and conditions, please read the sales brochure carefully before concluding a sale.'

const REGISTRATION: Readonly<Record<LicenceType, (name: string, number: string) => string>> = {
  MFD: (name, number) => `${name}, ${TAGLINE}, ${/^ARN/i.test(number) ? number : `ARN-${number}`}.`,
  IA: (name, number) => `${name}, SEBI Registered Investment Adviser, Reg. No. ${number}.`,
  RA: (name, number) => `${name}, SEBI Registered Research Analyst, Reg. No. ${number}.`,
  INS: (name, number) => `${name}, Insurance Agent, IRDAI Licence No. ${number}.`,
}

/** The standard texts in English, word for word. */
export const STANDARD_WARNINGS: Readonly<Record<WarningId, string>> = { W1, W2, W2_RA, W4, INS: INS_LINE }

const WARNINGS: Readonly<Record<LicenceType, readonly WarningId[]>> = {
  MFD: ['W4'],
  IA: ['W1', 'W2'],
  RA: ['W1', 'W2_RA'],
  INS: ['INS'],
}
const ORDER: readonly LicenceType[] = ['IA', 'RA', 'MFD', 'INS']

/** Registration line of each licence, then each warning once; licences in a fixed order so that the bytes are. */
const footerOf = (advisor: RenderingAdvisor): string => {
  const licences = [...advisor.licences].sort(
    (a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type) || (a.number < b.number ? -1 : a.number > b.number ? 1 : 0),
  )
  const lines = licences.map(({ type, number }) => REGISTRATION[type](advisor.displayName, number))
  const warnings = warningsOf(advisor).map((warning) => advisor.translations?.[warning] ?? STANDARD_WARNINGS[warning])
  return [...lines, ...warnings].join(' ')
}

/** The warnings that the licences ask for, each once. */
const warningsOf = (advisor: RenderingAdvisor): WarningId[] => [
  ...new Set(
    ORDER.filter((type) => advisor.licences.some((one) => one.type === type)).flatMap((type) => WARNINGS[type]),
  ),
]

/** What is left to see to once the footer carries every warning in the language of the text. */
export const withoutTranslationDuty = (
  obligations: readonly Obligation[],
  advisor: RenderingAdvisor,
): readonly Obligation[] => {
  const warnings = warningsOf(advisor)
  const isTranslated = warnings.length > 0 && warnings.every((warning) => advisor.translations?.[warning] !== undefined)
  return isTranslated ? obligations.filter(({ ruleId }) => ruleId !== 'DISC-TRANSLATED-WARNING') : obligations
}

/** A template parameter may hold no line break, tab or run of spaces (WhatsApp, "Template components"). */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

/**
 * What the recipient reads: the text with the advisor's registration and the standard warnings, word for word.
 * For `whatsapp` the filled template, for other channels the text, an empty line and the footer.
 */
export const renderText = (text: string, channel: Channel, advisor: RenderingAdvisor): string => {
  const footer = footerOf(advisor)
  if (channel !== 'whatsapp') return footer === '' ? text : `${text}\n\n${footer}`
  return `${PREFIX}${oneLine(advisor.displayName)}\n\n${oneLine(text)}\n\n${oneLine(footer)}${SUFFIX}`
}

/**
 * The parameters that fill `WHATSAPP_TEMPLATE` to exactly `rendered`. Throws a plain `Error` for a text that
 * `renderText` did not make for WhatsApp.
 */
export const templateParameters = (rendered: string): string[] => {
  if (!rendered.startsWith(PREFIX) || !rendered.endsWith(SUFFIX))
    throw new Error('The text was not rendered for WhatsApp')
  const parts = rendered.slice(PREFIX.length, rendered.length - SUFFIX.length).split('\n\n')
  if (parts.length !== 3) throw new Error('The text was not rendered for WhatsApp')
  return parts
}
