import { readFileSync } from 'node:fs'
import { schema } from '@pramaan/db'
import { type Audience, type Channel, type Language, LicenceType, Tier } from '@pramaan/shared'
import canonicalize from 'canonicalize'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import { entitlementsOf } from '../identity/index.ts'
import { checkSynchronously, runStage } from './index.ts'

const world = await testWorld()

interface Sample {
  language: Language
  licence: LicenceType
  channel: Channel
  audience: 'one_to_one' | 'clients' | 'public'
  publicationDate: string
  text: string
}

const samples = readFileSync(new URL('./rules/fixtures/samples-dev.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Sample)

const audienceOf = ({ audience }: Sample): Audience => (audience === 'one_to_one' ? 'client' : audience)

test('the whole corpus gets the same bytes of verdict under every tier; only the date of an answer differs', async () => {
  const byTier = await Promise.all(
    Tier.options.map(async (tier) => {
      const bytes: string[] = []
      let ctx = world.ctx()
      for (const [n, sample] of samples.entries()) {
        // Of the smallest plan a firm has no more checks in a day.
        if (n % entitlementsOf('basic', world.clock.now()).checksPerDay === 0) {
          const advisor = await makeAdvisor(world, { tier, licences: LicenceType.options.map((type) => ({ type })) })
          ctx = { ...advisor.owner(), tier }
        }
        const { text, licence, channel, language, publicationDate } = sample
        const input = { text, licence, channel, language, publicationDate, audience: audienceOf(sample) }
        const { stages, ...verdict } = await checkSynchronously(ctx, input)
        bytes.push(canonicalize({ ...verdict, stages: stages.map(({ stage, status }) => ({ stage, status })) }) ?? '')
      }
      return bytes
    }),
  )
  expect(byTier[0]?.length).toBe(samples.length)
  for (const bytes of byTier) expect(bytes).toEqual(byTier[0])
})

test('the checks of the queue are as strict under every tier: same outcome, score, findings and route', async () => {
  const texts = samples.filter((_, n) => n % 10 === 0)
  const byTier: unknown[] = []
  const due: number[] = []
  for (const tier of Tier.options) {
    const advisor = await makeAdvisor(world, { tier, autoApproveClean: true })
    for (const sample of texts) {
      const { channel, language, text: content } = sample
      await createContent(advisor.owner(), { content, channel, language, audience: audienceOf(sample), submit: true })
    }
    await world.drainJobs({ 'compliance.run-stage': runStage })
    const { contents, contentVersions, reviews, verdicts } = schema
    const rows = await world.db.read
      .select({ text: contentVersions.text, status: contents.status, verdict: verdicts })
      .from(verdicts)
      .innerJoin(contents, eq(contents.id, verdicts.contentId))
      .innerJoin(contentVersions, eq(contentVersions.id, verdicts.versionId))
      .where(eq(verdicts.advisorId, advisor.advisorId))
    byTier.push(
      rows
        .map(({ text, status, verdict }) => {
          const { outcome, score, findings, obligations, ruleSetDigest, renderedText } = verdict
          return canonicalize({ text, status, outcome, score, findings, obligations, ruleSetDigest, renderedText })
        })
        .sort(),
    )
    const asked = await world.db.read.select().from(reviews).where(eq(reviews.advisorId, advisor.advisorId))
    due.push(Math.min(...asked.map(({ dueAt }) => dueAt.getTime())))
  }
  for (const verdicts of byTier) expect(verdicts).toEqual(byTier[0])
  const [basic, standard, pro] = due as [number, number, number]
  expect(pro).toBeLessThan(standard)
  expect(standard).toBeLessThan(basic)
})
