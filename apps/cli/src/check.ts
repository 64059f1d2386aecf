import { checkText, type Subject, withFixes } from '@pramaan/core/compliance/rules'
import { Audience, Channel, ContentText, Day, istDay, Language, LicenceType, type Verdict } from '@pramaan/shared'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { describeVerdict } from './describe-verdict.ts'
import type { Terminal } from './terminal.ts'

interface CheckOptions {
  as: LicenceType[]
  channel: Channel
  audience: Audience
  language?: Language
  date?: string
  json?: boolean
}

const parseLicences = (value: string): LicenceType[] =>
  value.split(',').map((part) => {
    const licence = LicenceType.safeParse(part.trim().toUpperCase())
    if (!licence.success) throw new InvalidArgumentError(`Use one or more of ${LicenceType.options.join(', ')}.`)
    return licence.data
  })

const parseDay = (value: string): string => {
  const day = Day.safeParse(value)
  if (!day.success) throw new InvalidArgumentError('Use a calendar day such as 2026-07-01.')
  return day.data
}

const placeholder = (type: LicenceType) => ({ type, number: `your ${type} number` })

/**
 * Adds `pramaan check`: the three stages over one text, nothing stored, no network. `onOutcome` hears
 * the outcome, from which the caller makes the exit status.
 */
export const addCheckCommand = (
  program: Command,
  terminal: Terminal,
  onOutcome: (outcome: Verdict['outcome']) => void,
): void => {
  program
    .command('check')
    .description('Judge a text as a licence holder would publish it. Exit: 0 clean, 1 findings, 2 usage.')
    .argument('<text>', 'the text, or - to read it from standard input')
    .requiredOption(
      '--as <licences>',
      `licence of the publisher: ${LicenceType.options.join(', ')}; several with commas`,
      parseLicences,
    )
    .addOption(new Option('--channel <channel>', 'where it goes out').choices(Channel.options).default('whatsapp'))
    .addOption(new Option('--audience <audience>', 'who reads it').choices(Audience.options).default('clients'))
    .addOption(new Option('--language <language>', 'declared language').choices(Language.options))
    .option('--date <day>', 'day of publication in India, YYYY-MM-DD (default: today)', parseDay)
    .option('--json', 'print the verdict as JSON')
    .action(async (argument: string, options: CheckOptions, command: Command) => {
      const input = ContentText.safeParse(argument === '-' ? await terminal.readInput() : argument)
      if (!input.success || input.data.trim() === '') {
        command.error('error: the text must hold 1 to 20,000 characters of well-formed Unicode')
        return
      }
      const subject: Subject = {
        text: input.data,
        licences: options.as,
        channel: options.channel,
        audience: options.audience,
        language: options.language ?? null,
        publicationDate: options.date ?? istDay(terminal.now()),
      }
      const advisor = { displayName: 'Your name', licences: options.as.map(placeholder) }
      const verdict = withFixes(subject, checkText(subject, advisor, terminal.elapsed))
      terminal.write(
        options.json === true ? `${JSON.stringify(verdict, null, 2)}\n` : describeVerdict(subject.text, verdict),
      )
      onOutcome(verdict.outcome)
    })
}
