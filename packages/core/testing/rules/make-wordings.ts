/**
 * Writes `pack/wordings.json`: for every part of a rule that its examples would not miss, one text that they would.
 * It looks among the sentences of the labelled messages first (never among those that are held back), and makes one from
 * the words of the pattern otherwise. It draws no random number, so the same pack gives the same file.
 *
 *   node packages/core/testing/rules/make-wordings.ts
 */
import { writeFileSync } from 'node:fs'
import { type CompiledRule, ENGINE, readText } from '../../src/compliance/rules/compiled.ts'
import type { Reading } from '../../src/compliance/rules/pattern.ts'
import { CONCEPTS } from '../../src/compliance/rules/rule-set.ts'
import { examplesOf, firesOn, type Mutant, mutantsOf } from '../../src/compliance/rules/self-test.ts'
import { LEARNING_FILES, readSamples } from './read-samples.ts'

const OUT = 'packages/core/src/compliance/rules/pack/wordings.json'
const MAX_LENGTH = 220
const TRIES = 160

const CLASSES: Record<string, string> = {
  '<num>': '12',
  '<pct>': '15%',
  '<money>': '₹5 lakh',
  '<time>': '5 years',
  '<times>': '3x',
  '<clock>': '9:15',
  '<level>': '1250',
}

/** Around a claim, so that it is denied, warned about or explained. */
const FRAMES: [string, string][] = [
  ['We do not offer ', '.'],
  ['', ' nahi.'],
  ['', ' नहीं।'],
  ['No ', '.'],
  ['Beware of anyone who offers ', '.'],
  ['What is ', '?'],
  ['', ' means something else.'],
  ['Scam alert: ', '.'],
]

interface Sentence {
  readonly reading: Reading
  /** `null` for a sentence of a clean message, otherwise the labelled families of its message. */
  readonly families: readonly string[] | null
}

/** Sentences of the labelled messages, the short ones first. */
const corpus: Sentence[] = LEARNING_FILES.flatMap(readSamples)
  .flatMap(({ text, expect }) =>
    [text, ...text.split(/(?<=[.!?।])\s+|\n+/)].map((part) => ({
      text: part.trim(),
      families: expect.outcome === 'clean' ? null : expect.families,
    })),
  )
  .filter(({ text }, index, all) => all.findIndex((other) => other.text === text) === index)
  .filter(({ text }) => text.length > 3 && text.length <= MAX_LENGTH)
  .sort((one, other) => one.text.length - other.text.length || (one.text < other.text ? -1 : 1))
  .map(({ text, families }) => ({ reading: readText(text), families }))

const choicesOf = (alternatives: string): string[] =>
  alternatives.split('|').flatMap((one) => {
    if (one.startsWith('<')) return [CLASSES[one] ?? '12']
    if (one.startsWith('@')) return (CONCEPTS[one.slice(1)] ?? []).map((word) => word.replace(/^=|\*$/g, ''))
    return [one.replace(/^=|\*$/g, '')]
  })

/** Words that stand between the parts of a claim and say nothing. */
const FILLERS = ['aur', 'the', 'abc']

/** Texts made from the words of a pattern: each takes other words of its concepts, every third with words in the gaps. */
const textsFor = (source: string): string[] => {
  const slots: { words: string[]; gap: number }[] = []
  const after: string[][] = []
  let gap = 0
  for (const part of source.split(' ')) {
    const condition = /^(text-)?(with|without):(.+)$/.exec(part)
    if (condition !== null) {
      const words = choicesOf(condition[3] ?? '')
      if (condition[2] === 'without') continue
      if (condition[1] === undefined) slots.push({ words, gap: 0 })
      else after.push(words)
    } else if (/^\.\.\d*$/.test(part)) gap = part.length > 2 ? Number(part.slice(2)) : 3
    else if (!/^&\d+$/.test(part) && !part.endsWith('?')) {
      slots.push({ words: choicesOf(part), gap })
      gap = 0
    }
  }
  return Array.from({ length: TRIES }, (_, round) => {
    const pick = (list: string[], slot: number) =>
      list[(round * (slot + 1) + round * slot) % Math.max(list.length, 1)] ?? ''
    const fillers = round % 3 === 1 ? FILLERS : []
    const main = slots.map((slot, at) => [...fillers.slice(0, slot.gap), pick(slot.words, at)].join(' ')).join(' ')
    return after.length === 0 ? main : `${main}. ${after.map(pick).join(' ')}`
  })
}

const isQuietKind = (name: string) => name.startsWith('exception ') || name.startsWith('context ')

/** The mutant is told from the rule by this text. */
const tells = (rule: CompiledRule, mutant: Mutant, reading: Reading): boolean => {
  const quiet = isQuietKind(mutant.name)
  return firesOn(rule, reading) === !quiet && firesOn(mutant.compiled, reading) === quiet
}

/** The exception before, behind and between the words of a claim: it counts only where it overlaps a hit. */
const around = (exception: string, claim: string): string[] => {
  const words = claim.split(' ')
  return Array.from({ length: words.length + 1 }, (_, at) =>
    [...words.slice(0, at), exception, ...words.slice(at)].join(' '),
  )
}

const madeFor = (rule: CompiledRule, mutant: Mutant): string[] => {
  const source = mutant.name.slice(mutant.name.indexOf(' ') + 1)
  if (mutant.name.startsWith('pattern ')) return textsFor(source)
  const claims = rule.patterns.flatMap(({ pattern }) => textsFor(pattern.source).slice(0, 4))
  if (mutant.name.startsWith('context '))
    return claims.flatMap((claim) => FRAMES.map(([before, behind]) => `${before}${claim}${behind}`))
  if (!mutant.name.startsWith('exception ')) return []
  const exceptions = textsFor(source).slice(0, 6)
  return [...exceptions, ...exceptions.slice(0, 2).flatMap((one) => claims.flatMap((claim) => around(one, claim)))]
}

const textFor = (rule: CompiledRule, mutant: Mutant, firing: ReadonlySet<Reading>): string | null => {
  const quiet = isQuietKind(mutant.name)
  const real = corpus.find(
    ({ reading, families }) =>
      (quiet ? families === null : families?.includes(rule.rule.family)) &&
      firing.has(reading) !== quiet &&
      firesOn(mutant.compiled, reading) === quiet,
  )
  if (real !== undefined) return real.reading.text
  return madeFor(rule, mutant).find((text) => text !== '' && tells(rule, mutant, readText(text))) ?? null
}

const found: Record<string, { fire: string[]; quiet: string[] }> = {}
for (const rule of ENGINE.rules) {
  if (rule.rule.status !== 'active') continue
  const examples = [...examplesOf(rule.rule, {})]
  const own = { fire: [] as string[], quiet: [] as string[] }
  const firing = new Set(corpus.flatMap(({ reading }) => (firesOn(rule, reading) ? [reading] : [])))
  for (const mutant of mutantsOf(rule)) {
    if (examples.some(({ reading, wanted }) => firesOn(mutant.compiled, reading) !== wanted)) continue
    const text = textFor(rule, mutant, firing)
    if (text === null) continue
    const wanted = !isQuietKind(mutant.name)
    own[wanted ? 'fire' : 'quiet'].push(text)
    examples.push({ reading: readText(text), wanted })
  }
  if (own.fire.length + own.quiet.length > 0) found[rule.rule.id] = own
  process.stdout.write(`${rule.rule.id}: ${own.fire.length} must fire, ${own.quiet.length} must not\n`)
}
writeFileSync(OUT, `${JSON.stringify(found, null, 2)}\n`)
