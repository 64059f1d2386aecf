import type { Finding, FirmRule, Verdict } from '@pramaan/shared'
import { ENGINE_VERSION, readAndCheck } from './check-text.ts'
import { decide } from './decide.ts'
import { findHard, findInContext, findInShadow } from './find.ts'
import { compose } from './firm-rules.ts'
import { withFixes } from './fixes.ts'
import { renderText, withoutTranslationDuty } from './render.ts'
import { findInRendered } from './rendered.ts'
import { RULE_SET } from './rule-set.ts'
import type { Decision, RenderingAdvisor, Subject } from './types.ts'

/** The stages over the pack of these modules, and over the rules that a firm adds. */
export interface Judging {
  readonly ruleSet: { readonly version: string; readonly digest: string }
  readonly version: string
  readonly findHard: (subject: Subject) => Finding[]
  readonly findInContext: (subject: Subject) => Finding[]
  readonly findInShadow: (subject: Subject) => Finding[]
  readonly renderText: typeof renderText
  readonly findInRendered: (subject: Subject, rendered: string) => Finding[]
  /** With the fixes of a text that goes back. */
  readonly decide: (subject: Subject, findings: readonly Finding[]) => Decision
  /** All of it in one go, without the fixes where they are not wanted: each costs many judgements. */
  readonly check: (subject: Subject, advisor: RenderingAdvisor, elapsed: () => number, fixes: boolean) => Verdict
}

/** The stages with the rules of a firm, null for none. Compiling them takes a moment; keep the answer. Pure. */
export const judgingWith = (firm: readonly FirmRule[] | null): Judging => {
  const composed = firm === null ? null : compose(firm)
  const ruleSet = composed?.ruleSet ?? { version: RULE_SET.version, digest: RULE_SET.digest }
  const decideAll = composed?.decide ?? decide
  return {
    ruleSet,
    version: ENGINE_VERSION,
    findHard,
    findInContext,
    findInShadow: (subject) => findInShadow(subject),
    renderText,
    findInRendered,
    decide: (subject, findings) => withFixes(subject, decideAll(subject, findings), composed?.find),
    check(subject, advisor, elapsed, fixes) {
      const { reading, verdict: pack } = readAndCheck(subject, advisor, elapsed)
      const decision = composed === null ? pack : composed.decide(subject, pack.findings)
      const obligations = [...withoutTranslationDuty(decision.obligations, advisor)]
      const verdict = { ...pack, ...decision, obligations, ruleSet }
      return fixes ? withFixes(subject, verdict, composed?.find, reading) : verdict
    },
  }
}
