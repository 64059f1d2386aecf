import type { Verdict } from '@pramaan/shared'

/** A labelled message with the verdict on it. */
export interface Judged {
  readonly expect: {
    readonly outcome: string
    readonly families: readonly string[]
    readonly mustNot: readonly string[]
    readonly rules?: readonly string[]
  }
  readonly verdict: Pick<Verdict, 'outcome' | 'findings'>
}

/** A part of a whole; `null` where the whole is nothing. */
export type Share = number | null

const share = (part: number, whole: number): Share => (whole === 0 ? null : part / whole)

/** How the engine does on labelled messages. All but `messages` are shares from 0 to 1. */
export interface Measures {
  readonly messages: number
  /** Violations that were called clean. */
  readonly unsafe: Share
  /** Labelled families that were found. */
  readonly recall: Share
  /** Clean messages with a finding. */
  readonly falseFindings: Share
  /** Clean messages that were not called clean. */
  readonly sentToPerson: Share
  /** Messages with a finding of a family that they must not show. */
  readonly barred: Share
  /** Messages with the labelled outcome. */
  readonly agree: Share
}

const familiesIn = ({ verdict }: Judged): Set<string> => new Set(verdict.findings.map(({ family }) => family))

export const measure = (all: readonly Judged[]): Measures => {
  const clean = all.filter(({ expect }) => expect.outcome === 'clean')
  const wrong = all.filter(({ expect }) => expect.outcome !== 'clean')
  const wanted = wrong.flatMap((one) => one.expect.families.map((family) => familiesIn(one).has(family)))
  const count = (list: readonly Judged[], holds: (one: Judged) => boolean) =>
    share(list.filter(holds).length, list.length)
  return {
    messages: all.length,
    unsafe: count(wrong, ({ verdict }) => verdict.outcome === 'clean'),
    recall: share(wanted.filter(Boolean).length, wanted.length),
    falseFindings: count(clean, ({ verdict }) => verdict.findings.length > 0),
    sentToPerson: count(clean, ({ verdict }) => verdict.outcome !== 'clean'),
    barred: count(all, (one) => one.expect.mustNot.some((family) => familiesIn(one).has(family))),
    agree: count(all, ({ expect, verdict }) => expect.outcome === verdict.outcome),
  }
}

/** How often a family or rule is found where it is labelled, and is right where it is found. */
export interface Accuracy {
  readonly name: string
  readonly labelled: number
  readonly found: number
  readonly recall: Share
  readonly precision: Share
}

/** A finding is wrong on a clean message and under a family that the message must not show; extra families are allowed. */
const isWrong = ({ expect, verdict }: Judged, has: (finding: Verdict['findings'][number]) => boolean): boolean =>
  expect.outcome === 'clean' || verdict.findings.some((one) => has(one) && expect.mustNot.includes(one.family))

const accuracies = (
  all: readonly Judged[],
  labelsOf: (one: Judged) => readonly string[],
  nameOf: (finding: Verdict['findings'][number]) => string,
): Accuracy[] => {
  const names = new Set([...all.flatMap(labelsOf), ...all.flatMap(({ verdict }) => verdict.findings.map(nameOf))])
  return [...names].sort().map((name) => {
    const has = (finding: Verdict['findings'][number]) => nameOf(finding) === name
    const labelled = all.filter((one) => labelsOf(one).includes(name))
    const found = all.filter(({ verdict }) => verdict.findings.some(has))
    const right = labelled.filter(({ verdict }) => verdict.findings.some(has))
    const sound = found.filter((one) => !isWrong(one, has))
    return {
      name,
      labelled: labelled.length,
      found: found.length,
      recall: share(right.length, labelled.length),
      precision: share(sound.length, found.length),
    }
  })
}

export const measureFamilies = (all: readonly Judged[]): Accuracy[] =>
  accuracies(
    all,
    ({ expect }) => expect.families,
    ({ family }) => family,
  )

/** Labels name rules only where they are certain, so the recall of a rule rests on few messages. */
export const measureRules = (all: readonly Judged[]): Accuracy[] =>
  accuracies(
    all,
    ({ expect }) => expect.rules ?? [],
    ({ ruleId }) => ruleId,
  )
