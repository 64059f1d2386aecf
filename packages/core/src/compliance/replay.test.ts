import { readFileSync } from 'node:fs'
import { schema } from '@pramaan/db'
import { type Language, LicenceType } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import { ENGINE } from './engine.ts'
import { readReplay, replayVerdict, runStage } from './index.ts'
import { startJudges } from './judge.ts'
import { BUILD_PACK, packDigest, packText, type RulePack } from './rule-pack.ts'
import { RULE_SET } from './rules/index.ts'
import { stageRunner } from './run-stage.ts'
import { CLEAN, desk } from './testing.ts'

const world = await testWorld()
const { runChecks } = desk(world)
const admin = makeStaff(world, 'admin')

const PROMISE = 'Invest with me: guaranteed 15% returns every year, zero risk!'
const texts = readFileSync(new URL('./rules/fixtures/samples-dev.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { text: string; language: Language })

async function judged(content: string, language?: Language, handler = runStage) {
  const advisor = await makeAdvisor(world, { licences: LicenceType.options.map((type) => ({ type })) })
  const { contentId } = await createContent(advisor.owner(), { content, language, submit: true })
  await runChecks(handler)
  const [verdict] = await world.db.read.select().from(schema.verdicts).where(eq(schema.verdicts.contentId, contentId))
  return { advisor, id: verdict?.id ?? '' }
}

test('the pack of the build is kept whole, once, under the digest that verdicts name', async () => {
  await judged(CLEAN)
  await judged(PROMISE)
  const packs = await world.db.read.select().from(schema.rulePacks)
  expect(packs.map(({ digest }) => digest)).toEqual([RULE_SET.digest])
  expect(packDigest(packs[0]?.pack ?? '')).toBe(RULE_SET.digest)
  expect(await world.auditActions(RULE_SET.digest)).toEqual(['rule_pack.kept'])
})

test('verdicts of the queue are replayed to the same bytes, in every language, on a later day', async () => {
  const ids: string[] = []
  const oneOfEach = [...Map.groupBy(texts, ({ language }) => language).values()].flatMap(([first]) => first ?? [])
  for (const { language, text } of oneOfEach) ids.push((await judged(text, language)).id)
  world.clock.advance(400 * 24 * 3_600_000)
  for (const id of ids) {
    const replay = await replayVerdict(await readReplay(admin, { id }))
    expect(replay.differences).toEqual([])
    expect(replay.replayed).toBe(replay.stored)
  }
})

/** The pack of this build without one rule, under a version of its own. */
const without = (ruleId: string): RulePack => ({
  ...BUILD_PACK,
  version: 'before',
  rules: BUILD_PACK.rules.filter(({ id }) => id !== ruleId),
})

test('a verdict under an older pack is replayed by that pack, not by the one of the build', async () => {
  const { id } = await judged(PROMISE)
  const kit = await readReplay(admin, { id })
  const pack = packText(without('CLM-ASSURED-RETURN'))
  const judges = await startJudges(pack, 1)
  const [sentence] = await judges.judge([{ ...kit, fixes: true }])
  await judges.close()
  if (!sentence || sentence.failed !== undefined) throw new Error('not judged')
  expect(sentence.findings.map(({ ruleId }) => ruleId)).not.toContain('CLM-ASSURED-RETURN')
  const ruleSet = { version: 'before', digest: packDigest(pack) }
  const old = { ...kit, pack, verdict: { ...kit.verdict, ...sentence, ruleSet } }
  expect((await replayVerdict(old)).differences).toEqual([])
})

test('a replay says what is not as it was: the text, the findings, the pack, the engine, a stage that failed', async () => {
  const { id } = await judged(PROMISE)
  const kit = await readReplay(admin, { id })
  const differencesOf = async (change: Partial<typeof kit>) => (await replayVerdict({ ...kit, ...change })).differences
  expect(await differencesOf({ text: CLEAN })).toEqual(
    expect.arrayContaining([expect.stringContaining('hashed'), expect.stringMatching(/outcome was changes_required/)]),
  )
  const softened = kit.verdict.findings.filter(({ ruleId }) => ruleId !== 'CLM-ASSURED-RETURN')
  expect(await differencesOf({ verdict: { ...kit.verdict, findings: softened } })).toContain(
    'CLM-ASSURED-RETURN is among the new findings only.',
  )
  expect(await differencesOf({ pack: packText(without('CLM-RISK-FREE')) })).toEqual([
    expect.stringContaining('has another digest'),
  ])
  expect(await differencesOf({ pack: null })).toEqual([expect.stringContaining('was not kept')])
  expect(await differencesOf({ verdict: { ...kit.verdict, engine: { version: '0.9.0' } } })).toEqual([
    expect.stringContaining('The engine was 0.9.0'),
  ])
  const failing = stageRunner({
    ...ENGINE,
    findInContext: () => {
      throw new Error('a rule is broken')
    },
  })
  const broken = await readReplay(admin, { id: (await judged(PROMISE, undefined, failing)).id })
  expect((await replayVerdict(broken)).differences[0]).toBe(
    'Stage 2 failed that day, so the verdict was given without it.',
  )
})

test('a firm sees its own verdicts, staff see all, and nobody sees those of another firm', async () => {
  const { advisor, id } = await judged(CLEAN)
  expect((await readReplay(advisor.member(), { id })).verdictId).toBe(id)
  expect((await readReplay(makeStaff(world, 'reviewer'), { id })).text).toBe(CLEAN)
  const stranger = await makeAdvisor(world)
  await expect(readReplay(stranger.owner(), { id })).rejects.toMatchObject({ code: 'not_found' })
  await expect(readReplay(makeStaff(world, 'inspector'), { id })).rejects.toMatchObject({ code: 'forbidden' })
})

test('a pack that cannot be compiled starts no judge and says why', async () => {
  const [rule, ...rest] = BUILD_PACK.rules
  if (!rule) throw new Error('no rules')
  const wrong = { ...rule, patterns: { en: ['optional?'] } }
  await expect(startJudges(packText({ ...BUILD_PACK, rules: [wrong, ...rest] }), 2)).rejects.toThrow(
    'needs a first element',
  )
})
