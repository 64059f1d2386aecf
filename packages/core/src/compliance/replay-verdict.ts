import type { ReplayKit } from '@pramaan/shared'
import canonicalize from 'canonicalize'
import { startJudges } from './judge.ts'
import { packDigest } from './rule-pack.ts'
import { composedDigest, ENGINE_VERSION, firmRulesDigest } from './rules/index.ts'
import { inputHashOf, type Judged, verdictBytes } from './rules/verdict-bytes.ts'

/** What came of judging again. `differences` is empty exactly when the bytes are the same. */
export interface Replay {
  /** The stored verdict as RFC 8785 JSON, and what the same input gives now under the pack of that day. */
  stored: string
  replayed: string | null
  /** In words, one for each thing that is not as it was. */
  differences: string[]
}

/**
 * Judges a stored verdict's input again, under the pack of that day, in a thread of its own. Believes nothing of the kit
 * that it can check: the input is hashed anew, and so is the pack.
 */
export async function replayVerdict({ firmRules, input, inputHash, pack, text, verdict }: ReplayKit): Promise<Replay> {
  const stored = verdictBytes(verdict)
  const differences: string[] = []
  if (inputHashOf(text, input) !== inputHash)
    differences.push('The text or what it was judged with is not what was hashed.')
  const stage = verdict.stages.find(({ status }) => status === 'failed')?.stage
  if (stage !== undefined) differences.push(`Stage ${stage} failed that day, so the verdict was given without it.`)
  if (verdict.engine.version !== ENGINE_VERSION) {
    differences.push(`The engine was ${verdict.engine.version} and is ${ENGINE_VERSION} here.`)
  }
  if (pack === null || digestOf(pack, firmRules) !== verdict.ruleSet.digest) {
    const why = pack === null ? 'was not kept' : 'has another digest'
    return { stored, replayed: null, differences: [...differences, `The rule set ${verdict.ruleSet.digest} ${why}.`] }
  }
  const judges = await startJudges(pack, 1)
  try {
    const [sentence] = await judges.judge([{ text, input, fixes: true, firm: firmRules }])
    if (!sentence || sentence.failed !== undefined) {
      return { stored, replayed: null, differences: [...differences, `The rules failed: ${sentence?.failed}.`] }
    }
    const judged: Judged = { ...sentence, ruleSet: verdict.ruleSet, engine: { version: ENGINE_VERSION } }
    const replayed = verdictBytes(judged)
    return { stored, replayed, differences: [...differences, ...unequalParts(verdict, judged)] }
  } finally {
    await judges.close()
  }
}

/** The digest of a pack with the rules that a firm adds to it. */
const digestOf = (pack: string, firmRules: ReplayKit['firmRules']): string =>
  composedDigest(packDigest(pack), firmRules === null ? null : firmRulesDigest(firmRules))

/** What of two verdicts is not the same, by name and rule. */
function unequalParts(stored: Judged, replayed: Judged): string[] {
  const parts: string[] = []
  if (stored.outcome !== replayed.outcome) parts.push(`The outcome was ${stored.outcome} and is ${replayed.outcome}.`)
  if (stored.score !== replayed.score) parts.push(`The score was ${stored.score} and is ${replayed.score}.`)
  if (stored.rendered.text !== replayed.rendered.text) parts.push('The rendered text is another one.')
  for (const part of ['findings', 'obligations'] as const) {
    const [before, after] = [stored, replayed].map((verdict) => verdict[part].map((one) => canonicalize(one) ?? ''))
    const gone = stored[part].filter((_, n) => !after?.includes(before?.[n] ?? ''))
    const fresh = replayed[part].filter((_, n) => !before?.includes(after?.[n] ?? ''))
    for (const { ruleId } of gone) parts.push(`${ruleId} is among the stored ${part} only.`)
    for (const { ruleId } of fresh) parts.push(`${ruleId} is among the new ${part} only.`)
  }
  return parts
}
