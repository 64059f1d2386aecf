import { FINDING_KINDS, type Report } from '@pramaan/verifier'

const STATUS = { ok: 0, tampered: 1, stale: 3 } as const

/** The exit status of a verification; 2 is wrong usage. */
export const statusOf = ({ outcome }: Report): number => STATUS[outcome]

/** A report as a person reads it: the kinds that were found, each with its meaning and where. */
export function describeReport({ outcome, findings, total }: Report, what: string): string {
  if (outcome === 'ok') return `ok: ${what}\n`
  const kinds = Map.groupBy(findings, ({ kind }) => kind)
  const lines = [...kinds].flatMap(([kind, found]) => [
    `${kind}: ${FINDING_KINDS[kind]}`,
    ...found.map(({ where }) => `  ${where}`),
  ])
  const more = total > findings.length ? [`and ${total - findings.length} more`] : []
  return `${[`${outcome}: ${what}`, ...lines, ...more].join('\n')}\n`
}
