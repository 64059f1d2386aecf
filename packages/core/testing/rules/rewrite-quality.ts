/**
 * Tables of how the memory of refused texts does on rewrites that `make-rewrites.ts` makes of the labelled messages, as
 * `docs/compliance/rewrites.md`. The memory is that of the product without its key and its database.
 *
 *   node packages/core/testing/rules/rewrite-quality.ts           prints the document
 *   node packages/core/testing/rules/rewrite-quality.ts --write   writes it
 *   node packages/core/testing/rules/rewrite-quality.ts --check   exits 1 when the stored one differs
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { LabelledMessage } from '@pramaan/shared'
import { STANDARD_WARNINGS } from '../../src/compliance/rules/index.ts'
import { type Gist, gistOf, kinshipOf, MAX_COMPARED, sampleOf } from '../../src/compliance/rules/rewrites.ts'
import { REWRITES } from './make-rewrites.ts'
import { readSamples, SAMPLE_FILES } from './read-samples.ts'

const DOCUMENT = 'docs/compliance/rewrites.md'
/** Refused texts of one firm. */
const REMEMBERED = 200

interface Refused {
  text: string
  gist: Gist
  sample: ReadonlySet<bigint>
}

const hashesOf = (gist: Gist): bigint[] =>
  [...gist.keys()].map((thing) => createHash('sha256').update(thing).digest().readBigInt64BE())

const remember = (text: string): Refused => {
  const gist = gistOf(text)
  return { text, gist, sample: new Set(sampleOf(hashesOf(gist))) }
}

/** The refused texts that a text is linked to, the nearest first. */
const recall = (memory: readonly Refused[], text: string): Refused[] => {
  const gist = gistOf(text)
  const hashes = hashesOf(gist)
  const sharedWith = (refused: Refused) => hashes.filter((hash) => refused.sample.has(hash)).length
  return memory
    .map((refused) => ({ refused, shared: sharedWith(refused) }))
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.shared - a.shared)
    .slice(0, MAX_COMPARED)
    .flatMap(({ refused }) => {
      const kinship = kinshipOf(refused.gist, gist)
      return kinship === null ? [] : [{ refused, near: Math.max(kinship.alike, kinship.contained) }]
    })
    .sort((a, b) => b.near - a.near)
    .map(({ refused }) => refused)
}

const isUnique = ({ text }: LabelledMessage, at: number, all: LabelledMessage[]) =>
  all.findIndex((other) => other.text === text) === at
const messages = SAMPLE_FILES.flatMap(readSamples).filter(isUnique)
const violations = messages.filter(({ expect }) => expect.outcome !== 'clean')
const clean = messages.filter(({ expect }) => expect.outcome === 'clean')
const step = Math.floor(violations.length / REMEMBERED)
const isRefused = (_: LabelledMessage, at: number) => at % step === 0
const refused = violations.filter(isRefused).slice(0, REMEMBERED)
const memory = refused.map(({ text }) => remember(text))

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`

/** Rewrites that differ from the refused text, and how many are linked to it. */
const recallRow = (name: string, rewrite: (text: string) => string): string => {
  const tried = refused.flatMap(({ text }) => {
    const rewritten = rewrite(text)
    return rewritten === text ? [] : [recall(memory, rewritten).map((one) => one.text)]
  })
  const own = refused.filter(({ text }) => rewrite(text) !== text)
  const linked = tried.filter((found, at) => found.includes(own[at]?.text ?? ''))
  const nearest = tried.filter((found, at) => found[0] === own[at]?.text)
  return `| ${name} | ${tried.length} | ${percent(linked.length, tried.length)} | ${percent(nearest.length, tried.length)} |`
}

const others = violations.filter((message) => !refused.includes(message))
const warned = clean.map(({ text }) => `${text} ${STANDARD_WARNINGS.W4}`)
const warnedMemory = refused.map(({ text }) => remember(`${text} ${STANDARD_WARNINGS.W4}`))

const alarmRow = (name: string, texts: readonly string[], among: readonly Refused[]): string => {
  const alarms = texts.filter((text) => recall(among, text).length > 0).length
  return `| ${name} | ${texts.length} | ${alarms} | ${percent(alarms, texts.length)} |`
}

const documentOf = (): string =>
  [
    '# How well rewrites of refused texts are found',
    '',
    'Made by `node packages/core/testing/rules/rewrite-quality.ts --write`. A memory of ' +
      `${memory.length} labelled violations stands for the`,
    'texts that officers refused to one firm. Synonyms and Hinglish words come from tables of their own, not from the lexicon',
    'of the engine. The limits of likeness were chosen with these messages in sight, so the tables show that nothing got',
    'worse; what a patient human rewrites in whole sentences is found less often.',
    '',
    '## Rewrites',
    '',
    '| Rewrite | Texts that it changes | Linked to the refusal | It is the first link |',
    '| --- | --- | --- | --- |',
    ...Object.entries(REWRITES).map(([name, rewrite]) => recallRow(name, rewrite)),
    '',
    '## False alarms',
    '',
    'Texts that are no rewrites, and are linked all the same. A false alarm costs a look by a person; it never refuses. Some of',
    'the other violations are close relatives of a refused one, and a person would call them that.',
    '',
    '| Texts | Number | Linked | Share |',
    '| --- | --- | --- | --- |',
    alarmRow(
      'clean messages',
      clean.map(({ text }) => text),
      memory,
    ),
    alarmRow('clean messages, all texts with the same standard warning', warned, warnedMemory),
    alarmRow(
      'other violations',
      others.map(({ text }) => text),
      memory,
    ),
    '',
  ].join('\n')

const made = documentOf()
if (process.argv.includes('--write')) writeFileSync(DOCUMENT, made)
else if (process.argv.includes('--check')) {
  if (readFileSync(DOCUMENT, 'utf8') !== made) {
    process.stderr.write(`${DOCUMENT} is stale: run node packages/core/testing/rules/rewrite-quality.ts --write\n`)
    process.exitCode = 1
  }
} else process.stdout.write(made)
