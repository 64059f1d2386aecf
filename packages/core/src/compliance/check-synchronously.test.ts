import { schema } from '@pramaan/db'
import { Verdict } from '@pramaan/shared'
import { count } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent, getContent } from '../content/index.ts'
import { checkSynchronously, listVerdicts, runStage } from './index.ts'
import { applyEdits } from './rules/index.ts'

const world = await testWorld()

const CLEAN = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'
const GUARANTEE = 'Invest with me: guaranteed 15% returns every year, zero risk!'
const BORDERLINE =
  'Illustration only: ₹5,000 a month for 15 years at an assumed 10% a year grows to about ₹20.9 lakh, of which ₹9 lakh is your own money. No scheme is meant. Past performance may or may not be sustained in future and is not a guarantee of any future returns.'

test.each([
  [CLEAN, 'clean'],
  [GUARANTEE, 'changes_required'],
  [BORDERLINE, 'review'],
])('%s is %s, and nothing is stored', async (text, outcome) => {
  const advisor = await makeAdvisor(world)
  const verdict = await checkSynchronously(advisor.owner(), { text, licence: 'MFD', audience: 'public' })
  expect(Verdict.parse(verdict)).toMatchObject({ outcome, ai: { status: 'off' } })
  expect(verdict.rendered.text).toContain('ARN-123456')
  for (const table of [schema.verdicts, schema.complianceChecks, schema.contents]) {
    expect(await world.db.read.select({ rows: count() }).from(table)).toEqual([{ rows: 0 }])
  }
})

test('staff, and firms that lack the licence they ask about, get placeholders in the footer', async () => {
  const input = { text: CLEAN, licence: 'IA' } as const
  const advisor = await makeAdvisor(world)
  const own = await checkSynchronously(advisor.owner(), input)
  expect(own.rendered.text).toContain('Verma Advisory')
  expect(own.rendered.text).toContain('your registration number')
  expect((await checkSynchronously(makeStaff(world, 'admin'), input)).rendered.text).toContain('Your firm')
})

test('strangers check nothing', async () => {
  const attempt = checkSynchronously(world.ctx({ kind: 'anonymous' }), { text: CLEAN, licence: 'MFD' })
  await expect(attempt).rejects.toMatchObject({ code: 'unauthenticated' })
})

test('the day of publication is today in India: the same text differs before and after midnight there', async () => {
  const advisor = await makeAdvisor(world)
  const text =
    'Chart class: Tata Motors, 12 May 2026. It broke the neckline at 705; we mark the entry, the stop and the next leg up that the pattern points to. The method is the lesson.'
  const at = (time: string) => ({ ...advisor.owner(), now: () => new Date(time) })
  const input = { text, licence: 'MFD', channel: 'linkedin', audience: 'public' } as const
  const before = await checkSynchronously(at('2026-06-30T18:29:00.000Z'), input)
  const told = await checkSynchronously(at('2026-07-09T00:00:00.000Z'), { ...input, publicationDate: '2026-06-30' })
  const after = await checkSynchronously(at('2026-06-30T18:30:00.000Z'), input)
  const known = await checkSynchronously(at('2026-06-01T00:00:00.000Z'), { ...input, publicationDate: '2026-07-01' })
  expect(before.findings).toEqual(told.findings)
  expect(after.findings).toEqual(known.findings)
  expect(before.findings).not.toEqual(after.findings)
})

test('the queue gives the same verdict as the synchronous check', async () => {
  for (const content of [CLEAN, GUARANTEE, BORDERLINE]) {
    const advisor = await makeAdvisor(world)
    const { contentId: id } = await createContent(advisor.owner(), { content, submit: true })
    await world.drainJobs({ 'compliance.run-stage': runStage })
    const [stored] = (await listVerdicts(advisor.owner(), { id })).items
    const direct = await checkSynchronously(advisor.owner(), { text: content, licence: 'MFD' })
    const { outcome, score, findings, obligations, ruleSet, engine, rendered } = direct
    expect(stored).toMatchObject({ outcome, score, findings, obligations, ruleSet, engine, rendered })
    expect((await getContent(advisor.owner(), { id })).status).toBe(
      outcome === 'changes_required' ? 'changes_required' : 'in_review',
    )
  }
})

test('a text that goes back carries a patch, in the check and in the stored verdict', async () => {
  const advisor = await makeAdvisor(world)
  const content = 'Our office moves to Pune. We promise guaranteed returns of 15% every year. See you there.'
  const { contentId: id } = await createContent(advisor.owner(), { content, submit: true })
  await world.drainJobs({ 'compliance.run-stage': runStage })
  const direct = await checkSynchronously(advisor.owner(), { text: content, licence: 'MFD' })
  const fixes = direct.findings.flatMap(({ fix }) => (fix === undefined ? [] : [fix]))
  expect(fixes.length).toBeGreaterThan(0)
  expect((await listVerdicts(advisor.owner(), { id })).items[0]?.findings).toEqual(direct.findings)
  for (const { edits } of fixes) {
    const patched = await checkSynchronously(advisor.owner(), { text: applyEdits(content, edits), licence: 'MFD' })
    expect(patched.findings.length).toBeLessThan(direct.findings.length)
  }
})

test("another advisor's verdicts do not exist", async () => {
  const advisor = await makeAdvisor(world)
  const { contentId: id } = await createContent(advisor.owner(), { content: CLEAN })
  expect(await listVerdicts(advisor.owner(), { id })).toEqual({ items: [], nextCursor: null })
  const stranger = (await makeAdvisor(world)).owner()
  await expect(listVerdicts(stranger, { id })).rejects.toMatchObject({ code: 'not_found' })
})
