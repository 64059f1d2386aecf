import type { WarningId } from '@pramaan/shared'
import { expect, test } from 'vitest'
import { type AdvisorOptions, makeAdvisor, makeStaff, type TestAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import {
  approveTranslation,
  checkSynchronously,
  listProposedTranslations,
  listTranslations,
  listVerdicts,
  proposeTranslation,
  refuseTranslation,
  runStage,
} from './index.ts'
import { STANDARD_WARNINGS, templateParameters } from './rules/index.ts'

const world = await testWorld()

const W4_HI = 'म्यूचुअल फंड निवेश बाज़ार जोखिमों के अधीन हैं, योजना से जुड़े सभी दस्तावेज़ ध्यान से पढ़ें।'
const BETTER = 'म्यूचुअल फंड निवेश बाज़ार के जोखिमों के अधीन हैं, योजना संबंधी सभी दस्तावेज़ों को ध्यान से पढ़ें।'
const TEXT = 'म्यूचुअल फंड में SIP एक अनुशासित आदत है। रिटर्न की कोई गारंटी नहीं होती।'
const note = 'Compared word by word.'

const propose = (advisor: TestAdvisor, text = W4_HI, warning: WarningId = 'W4') =>
  proposeTranslation(advisor.owner(), { warning, language: 'hi', text })

async function approved(advisor: TestAdvisor, text = W4_HI, warning: WarningId = 'W4'): Promise<string> {
  const { id } = await propose(advisor, text, warning)
  await approveTranslation(makeStaff(world, 'reviewer'), { id, note })
  return id
}

async function verdictOn(advisor: TestAdvisor, language: 'hi' | 'en' | 'hinglish') {
  const { contentId: id } = await createContent(advisor.owner(), { content: TEXT, language, submit: true })
  await world.drainJobs({ 'compliance.run-stage': runStage })
  const [verdict] = (await listVerdicts(advisor.owner(), { id })).items
  if (!verdict) throw new Error('there is no verdict')
  return { text: verdict.rendered.text, duties: verdict.obligations.map(({ ruleId }) => ruleId) }
}

test('a warning stands in the language of the text, word for word, once a reviewer has approved the translation', async () => {
  const advisor = await makeAdvisor(world)
  const { id } = await propose(advisor)
  const before = await verdictOn(advisor, 'hi')
  expect(before.text).toContain(STANDARD_WARNINGS.W4)
  expect(before.duties).toContain('DISC-TRANSLATED-WARNING')
  const waiting = await listProposedTranslations(makeStaff(world, 'reviewer'), { limit: 100 })
  expect(waiting.items.find((one) => one.id === id)).toMatchObject({
    advisor: { id: advisor.advisorId },
    english: STANDARD_WARNINGS.W4,
    text: W4_HI,
  })
  await approveTranslation(makeStaff(world, 'reviewer'), { id, note })
  const after = await verdictOn(advisor, 'hi')
  expect(templateParameters(after.text)[2]).toMatch(new RegExp(`${W4_HI}$`))
  expect(after.text).not.toContain(STANDARD_WARNINGS.W4)
  expect(after.duties).not.toContain('DISC-TRANSLATED-WARNING')
  for (const language of ['en', 'hinglish'] as const) {
    expect((await verdictOn(advisor, language)).text).toContain(STANDARD_WARNINGS.W4)
  }
  expect(await world.auditActions(id)).toEqual(['translation.proposed', 'translation.approved'])
})

test('the check at once renders as the queue does', async () => {
  const advisor = await makeAdvisor(world)
  await approved(advisor)
  const direct = await checkSynchronously(advisor.owner(), { text: TEXT, licence: 'MFD', language: 'hi' })
  const queued = await verdictOn(advisor, 'hi')
  expect(direct.rendered.text).toBe(queued.text)
  expect(direct.obligations.map(({ ruleId }) => ruleId)).toEqual(queued.duties)
})

test('what has no translation stands in English, and the duty to translate stays until all have one', async () => {
  const licences: AdvisorOptions['licences'] = [{ type: 'MFD' }, { type: 'IA' }]
  const advisor = await makeAdvisor(world, { licences })
  await approved(advisor)
  const half = await verdictOn(advisor, 'hi')
  for (const part of [W4_HI, STANDARD_WARNINGS.W1, STANDARD_WARNINGS.W2]) expect(half.text).toContain(part)
  expect(half.duties).toContain('DISC-TRANSLATED-WARNING')
  await approved(advisor, 'प्रतिभूति बाज़ार में निवेश बाज़ार जोखिमों के अधीन है। निवेश से पहले सभी दस्तावेज़ पढ़ें।', 'W1')
  await approved(advisor, 'SEBI का पंजीकरण और NISM का प्रमाणपत्र किसी रिटर्न का आश्वासन नहीं देते।', 'W2')
  expect((await verdictOn(advisor, 'hi')).duties).not.toContain('DISC-TRANSLATED-WARNING')
})

test('a better translation replaces the one before; a refused one changes nothing', async () => {
  const advisor = await makeAdvisor(world)
  await approved(advisor)
  const { id } = await propose(advisor, BETTER)
  await refuseTranslation(makeStaff(world, 'reviewer'), { id, note: 'A word is missing.' })
  expect((await verdictOn(advisor, 'hi')).text).toContain(W4_HI)
  await approved(advisor, BETTER)
  expect((await verdictOn(advisor, 'hi')).text).toContain(BETTER)
  const { items } = await listTranslations(advisor.owner(), {})
  expect(items.map(({ state, text }) => [state, text])).toEqual([
    ['approved', BETTER],
    ['refused', BETTER],
    ['replaced', W4_HI],
  ])
})

test('of two reviewers who decide at the same moment one is heard, and one translation is approved', async () => {
  const advisor = await makeAdvisor(world)
  const { id } = await propose(advisor)
  const decide = [approveTranslation, refuseTranslation, approveTranslation]
  const ends = await Promise.allSettled(decide.map((one) => one(makeStaff(world, 'reviewer'), { id, note })))
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const end of ends) if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'not_found' })
})

test('of several translations approved at the same moment the last one holds, and the others are replaced', async () => {
  const advisor = await makeAdvisor(world)
  const texts = Array.from({ length: 5 }, (_, index) => `${W4_HI} (${index})`)
  const proposals = await Promise.all(texts.map((text) => propose(advisor, text)))
  await Promise.all(proposals.map(({ id }) => approveTranslation(makeStaff(world, 'reviewer'), { id, note })))
  const states = (await listTranslations(advisor.owner(), {})).items.map(({ state }) => state)
  expect(states.sort()).toEqual(['approved', 'replaced', 'replaced', 'replaced', 'replaced'])
})

test('firms stand apart, and only an owner proposes and only a reviewer decides', async () => {
  const [advisor, stranger] = [await makeAdvisor(world), await makeAdvisor(world)]
  const id = await approved(advisor)
  expect((await verdictOn(stranger, 'hi')).text).toContain(STANDARD_WARNINGS.W4)
  expect((await listTranslations(stranger.owner(), {})).items).toEqual([])
  const input = { warning: 'W4', language: 'hi', text: W4_HI } as const
  for (const somebody of [advisor.member(), makeStaff(world, 'reviewer'), advisor.key('content:write')]) {
    await expect(proposeTranslation(somebody, input)).rejects.toMatchObject({ code: 'forbidden' })
  }
  for (const somebody of [advisor.owner(), makeStaff(world, 'admin')]) {
    await expect(approveTranslation(somebody, { id, note })).rejects.toMatchObject({ code: 'forbidden' })
  }
})

test.each([
  ['hi', 'મ્યુચ્યુઅલ ફંડ રોકાણ બજારના જોખમોને આધીન છે.'],
  ['ta', W4_HI],
  ['gu', 'म्यूचुअल फंड में जोखिम है। Read all documents carefully.'],
] as const)('a translation into %s in other letters is refused', async (language, text) => {
  const advisor = await makeAdvisor(world)
  await expect(proposeTranslation(advisor.owner(), { warning: 'W4', language, text })).rejects.toMatchObject({
    code: 'invalid_input',
  })
})
