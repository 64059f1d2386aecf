import { registerHooks } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { Question, Sentence } from './judge.ts'
import type { RulePack } from './rule-pack.ts'

/**
 * A thread that judges by one pack, whatever pack the build has. The rules are modules over constants, compiled once and
 * fast for it; a thread of its own has modules of its own, so the files of another pack are put in their place before they
 * are loaded. Nothing in `rules/` has to know.
 */
const { pack: text } = workerData as { pack: string | null }

if (text !== null) {
  const files = filesOf(JSON.parse(text) as RulePack)
  registerHooks({
    load(url, context, next) {
      const name = /\/pack\/([\w-]+)\.json$/.exec(new URL(url).pathname)?.[1]
      if (name === undefined) return next(url, context)
      return { format: 'json', shortCircuit: true, source: JSON.stringify(files[name] ?? []) }
    },
  })
}

/** A pack as the files that the modules read. Its rules stand in one of them; frames are joined to them already. */
function filesOf({ concepts, likeness, rules, scoring, swaps }: RulePack): Record<string, unknown> {
  return { claims: rules, frames: [], lexicon: concepts, 'word-families': {}, likeness, scoring, swaps }
}

const { checkText, withFixes } = await import('./rules/index.ts')

function answer({ text: words, input, fixes }: Question): Sentence {
  const { advisor, ...about } = input
  const subject = { text: words, ...about }
  try {
    const verdict = checkText(subject, advisor, () => 0)
    const { findings, obligations, outcome, rendered, score } = fixes ? withFixes(subject, verdict) : verdict
    return { findings, obligations, outcome, rendered, score }
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) }
  }
}

parentPort?.on('message', (questions: Question[]) => {
  parentPort?.postMessage(questions.map(answer))
})
parentPort?.postMessage('ready')
