import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent, getContent } from '../content/index.ts'
import { ENGINE } from './engine.ts'
import { countShadow, listVerdicts, runStage } from './index.ts'
import { verdictBytes } from './rules/verdict-bytes.ts'
import { stageRunner } from './run-stage.ts'

const world = await testWorld()
const admin = makeStaff(world, 'admin')

/** Under the pending code a matter of two of its places, which still is one text. */
const TEXT = 'Film star Kiara endorses our firm. Cricketer Rohan endorses us as well.'

async function judged(handler = runStage, licence: 'IA' | 'MFD' = 'IA') {
  const advisor = await makeAdvisor(world, { licences: [{ type: licence }] })
  const { contentId } = await createContent(advisor.owner(), { content: TEXT, submit: true })
  await world.drainJobs({ 'compliance.run-stage': handler })
  const [verdict] = (await listVerdicts(advisor.owner(), { id: contentId })).items
  if (!verdict) throw new Error('no verdict')
  const shadows = await world.db.read
    .select()
    .from(schema.shadowFindings)
    .where(eq(schema.shadowFindings.verdictId, verdict.id ?? ''))
  return { advisor, contentId, verdict, shadows }
}

const countOf = async (ruleId: string, days = 30) =>
  (await countShadow(admin, { days })).items.find((item) => item.ruleId === ruleId)

test('rules to come report beside the verdict, once for each rule, and change no byte of it', async () => {
  const { shadows, verdict } = await judged()
  expect(shadows).toMatchObject([{ ruleId: 'CAC-CONTENT', severity: 'medium' }])
  expect(verdict.findings.map(({ ruleId }) => ruleId)).not.toContain('CAC-CONTENT')
  const without = await judged(stageRunner({ ...ENGINE, findInShadow: () => [] }))
  expect(without.shadows).toEqual([])
  expect(verdictBytes(without.verdict)).toBe(verdictBytes(verdict))
})

test('they bind whom they will bind: a distributor hears nothing of a code for advisers', async () => {
  expect((await judged(runStage, 'MFD')).shadows).toEqual([])
})

test('rules to come that throw take nothing from the verdict', async () => {
  const failing = stageRunner({
    ...ENGINE,
    findInShadow: () => {
      throw new Error('a pending rule is broken')
    },
  })
  const { advisor, contentId, verdict } = await judged(failing)
  expect(verdict.stages.map(({ status }) => status)).toEqual(['done', 'done', 'done'])
  expect((await getContent(advisor.owner(), { id: contentId })).status).not.toBe('checking')
})

test('administrators see for each rule to come how many texts of how many firms it would find, and nobody else does', async () => {
  const before = await countOf('CAC-CONTENT')
  await judged()
  const { advisor } = await judged()
  expect(await countOf('CAC-CONTENT')).toMatchObject({
    texts: (before?.texts ?? 0) + 2,
    firms: (before?.firms ?? 0) + 2,
    title: expect.stringContaining('Pending'),
    clause: expect.stringContaining('proposal'),
    lastFoundAt: world.clock.now().toISOString(),
  })
  expect(await countOf('CAC-REPORT-24H')).toMatchObject({ texts: 0, firms: 0, lastFoundAt: null })
  world.clock.advance(31 * 24 * 3_600_000)
  expect(await countOf('CAC-CONTENT')).toMatchObject({ texts: 0 })
  expect((await countOf('CAC-CONTENT', 40))?.texts).toBeGreaterThan(1)
  for (const ctx of [advisor.owner(), makeStaff(world, 'reviewer')]) {
    await expect(countShadow(ctx, {})).rejects.toMatchObject({ code: 'forbidden' })
  }
})
