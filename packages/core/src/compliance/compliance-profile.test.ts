import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import { getComplianceProfile } from './index.ts'
import { improvementOf } from './rules/improvement.ts'
import { CLEAN, desk } from './testing.ts'

const world = await testWorld()
const { runChecks } = desk(world)

const ASSURED = 'Guaranteed returns of 18% a year, with no risk at all.'
const MONTH = 31 * 24 * 3_600_000

test('a firm that learns sees it: its months, the families of its violations, and the score that its profile shows', async () => {
  const advisor = await makeAdvisor(world)
  const empty = { complianceScore: null, riskScore: null, months: [], improvement: null, violations: [] }
  expect(await getComplianceProfile(advisor.owner(), {})).toEqual(empty)
  for (const content of [ASSURED, ASSURED, CLEAN]) await createContent(advisor.owner(), { content, submit: true })
  await runChecks()
  world.clock.advance(MONTH)
  for (let n = 0; n < 3; n += 1) await createContent(advisor.owner(), { content: CLEAN, submit: true })
  await runChecks()
  const profile = await getComplianceProfile(advisor.member(), {})
  expect(profile).toMatchObject({
    complianceScore: 67,
    riskScore: 33,
    months: [
      { month: '2026-11', verdicts: 3, clean: 1, sentBack: 2, averageScore: 67 },
      { month: '2026-12', verdicts: 3, clean: 3, sentBack: 0, averageScore: 0 },
    ],
    improvement: 67,
  })
  const [stored] = await world.db.read
    .select()
    .from(schema.complianceStandings)
    .where(eq(schema.complianceStandings.advisorId, advisor.advisorId))
  expect(stored?.score).toBe(profile.complianceScore)
  expect(profile.violations.find(({ family }) => family === 'guarantee')).toMatchObject({ texts: 2 })
  expect((await getComplianceProfile(advisor.owner(), { months: 1 })).violations).toEqual([])
  const other = await makeAdvisor(world)
  expect(await getComplianceProfile(other.owner(), {})).toEqual(empty)
  await expect(getComplianceProfile(makeStaff(world, 'admin'), {})).rejects.toMatchObject({ code: 'forbidden' })
})

test.each([
  [[], null],
  [[{ verdicts: 5, averageScore: 50 }], null],
  [
    [
      { verdicts: 1, averageScore: 80 },
      { verdicts: 9, averageScore: 20 },
    ],
    60,
  ],
  [
    [
      { verdicts: 2, averageScore: 10 },
      { verdicts: 1, averageScore: 40 },
      { verdicts: 3, averageScore: 20 },
    ],
    -15,
  ],
])('the improvement of %j is %s points', (months, points) => {
  expect(improvementOf(months)).toBe(points)
})
