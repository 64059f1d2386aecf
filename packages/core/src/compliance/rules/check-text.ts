import type { Finding, Verdict } from '@pramaan/shared'
import { readText } from './compiled.ts'
import { decideReading } from './decide.ts'
import { findInReading } from './find.ts'
import type { Reading } from './pattern.ts'
import { renderText, withoutTranslationDuty } from './render.ts'
import { findInRenderedReading } from './rendered.ts'
import { RULE_SET } from './rule-set.ts'
import type { RenderingAdvisor, Subject } from './types.ts'

/** Version of the code of the engine; a verdict is a function of input, rule set and this. */
export const ENGINE_VERSION = '1.2.0'

/** As `checkText`, with the reading of the text for whoever goes on with it. */
export const readAndCheck = (
  subject: Subject,
  advisor: RenderingAdvisor,
  elapsed: () => number,
): { readonly reading: Reading; readonly verdict: Verdict } => {
  const start = elapsed()
  const reading = readText(subject.text)
  const hard = findInReading(reading, subject, 1)
  const afterHard = elapsed()
  const context = findInReading(reading, subject, 2)
  const afterContext = elapsed()
  const rendered = renderText(subject.text, subject.channel, advisor)
  const findings: Finding[] = [
    ...hard,
    ...context,
    ...findInRenderedReading(reading, subject, rendered, [...hard, ...context]),
  ]
  const decision = decideReading(reading, subject, findings)
  const end = elapsed()
  const verdict: Verdict = {
    ...decision,
    obligations: [...withoutTranslationDuty(decision.obligations, advisor)],
    ruleSet: { version: RULE_SET.version, digest: RULE_SET.digest },
    engine: { version: ENGINE_VERSION },
    stages: [
      { stage: 1, status: 'done', tookMs: afterHard - start },
      { stage: 2, status: 'done', tookMs: afterContext - afterHard },
      { stage: 3, status: 'done', tookMs: end - afterContext },
    ],
    ai: { status: 'off' },
    rendered: { text: rendered },
  }
  return { reading, verdict }
}

/**
 * The three stages in one go, without AI. `elapsed` gives milliseconds of a running clock and feeds the `tookMs` of
 * the report only, nothing else depends on it.
 */
export const checkText = (subject: Subject, advisor: RenderingAdvisor, elapsed: () => number): Verdict =>
  readAndCheck(subject, advisor, elapsed).verdict
