import { registerHooks } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { Message, Question, Reply, Ruling, Sentence } from './judge.ts'
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

const { judgingFor } = await import('./engine.ts')

function judge({ text: words, input, fixes, firm }: Question): Sentence {
  const { advisor, ...about } = input
  try {
    const verdict = judgingFor(firm ?? null).check({ text: words, ...about }, advisor, () => 0, fixes === true)
    const { findings, obligations, outcome, rendered, score } = verdict
    return { findings, obligations, outcome, rendered, score }
  } catch (error) {
    return { failed: describe(error) }
  }
}

const shorten = (sentence: Sentence): Ruling =>
  sentence.failed === undefined
    ? { outcome: sentence.outcome, rules: [...new Set(sentence.findings.map(({ ruleId }) => ruleId))] }
    : sentence

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function answer(message: Message): Reply {
  if ('questions' in message) {
    const sentences = message.questions.map(judge)
    return { value: message.inShort ? sentences.map(shorten) : sentences }
  }
  const { args, firm, part } = message
  try {
    const judging = judgingFor(firm)
    if (part === 'check') return { value: judging.check(...(args as CheckArgs), () => performance.now(), true) }
    return { value: (judging[part] as (...all: unknown[]) => unknown)(...args) }
  } catch (error) {
    return { error: describe(error) }
  }
}

type CheckArgs = [
  Parameters<ReturnType<typeof judgingFor>['check']>[0],
  Parameters<ReturnType<typeof judgingFor>['check']>[1],
]

parentPort?.on('message', (message: Message) => parentPort?.postMessage(answer(message)))
parentPort?.postMessage('ready')
