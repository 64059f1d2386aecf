import type { Finding, Fix, Verdict } from '@pramaan/shared'

/** Characters that a terminal would obey or hide; they are shown as escapes. */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu

/** A text that is safe to print: hidden and control characters become `\u{...}`. */
const printable = (text: string): string =>
  text.replace(UNSEEN, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)

const CONTEXT = 40

const OUTCOMES: Readonly<Record<Verdict['outcome'], string>> = {
  clean: 'CLEAN: no finding',
  review: 'REVIEW: a person has to look at this',
  changes_required: 'CHANGES REQUIRED: this may not go out as it is',
}

/** The line around a finding, with carets where every character has the same width and with «» elsewhere. */
const showPlace = (text: string, finding: Finding): string[] => {
  if (finding.span === null) return finding.quote === '' ? [] : [`   «${printable(finding.quote)}»`]
  const { start, end } = finding.span
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = text.indexOf('\n', end)
  const from = Math.max(lineStart, start - CONTEXT)
  const to = Math.min(lineEnd < 0 ? text.length : lineEnd, end + CONTEXT)
  const shown = text.slice(from, to)
  if (/^[\x20-\x7e]*$/.test(shown)) return [`   ${shown}`, `   ${' '.repeat(start - from)}${'^'.repeat(end - start)}`]
  const marked = `${text.slice(from, start)}«${text.slice(start, end)}»${text.slice(end, to)}`
  return [`   ${printable(marked).replaceAll('\n', ' ')}`]
}

const showEdit = (text: string, { start, end, text: by }: Fix['edits'][number]): string => {
  const gone = printable(text.slice(start, end).trim()).replaceAll('\n', ' ')
  return by === '' ? `   Fix: delete «${gone}»` : `   Fix: «${gone}» becomes «${printable(by)}»`
}

const describeFinding = (text: string, finding: Finding, index: number): string =>
  [
    `${index + 1}. ${finding.severity.toUpperCase()} ${finding.ruleId} (${finding.family})`,
    ...showPlace(text, finding),
    `   ${printable(finding.message)}`,
    ...(finding.messageHi === undefined ? [] : [`   ${printable(finding.messageHi)}`]),
    `   Clause: ${finding.clause}`,
    ...(finding.inForce === undefined
      ? []
      : [`   In force: ${finding.inForce.from ?? '...'} to ${finding.inForce.to ?? 'open'}`]),
    ...(finding.advice === undefined ? [] : [`   What to do: ${finding.advice}`]),
    ...(finding.fix === undefined ? [] : finding.fix.edits.map((edit) => showEdit(text, edit))),
    '',
  ].join('\n')

/** A verdict as a person reads it in a terminal. */
export const describeVerdict = (text: string, verdict: Verdict): string =>
  [
    `${OUTCOMES[verdict.outcome]} (score ${verdict.score} of 100)`,
    '',
    ...verdict.findings.map((finding, index) => describeFinding(text, finding, index)),
    ...(verdict.obligations.length === 0 ? [] : ['Before it goes out:']),
    ...verdict.obligations.map((obligation) => `- ${obligation.message} [${obligation.ruleId}]`),
    ...(verdict.obligations.length === 0 ? [] : ['']),
    `Rule set ${verdict.ruleSet.version} (${verdict.ruleSet.digest.slice(0, 12)}), engine ${verdict.engine.version}, AI ${verdict.ai.status}.`,
    '',
  ].join('\n')
