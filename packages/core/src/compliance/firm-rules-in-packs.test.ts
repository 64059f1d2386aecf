import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readVerifierKey, readZip, verifyPack } from '@pramaan/verifier'
import { afterAll, expect, test } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { requestPack, verifierKey } from '../audit/index.ts'
import { makePacks, savePack } from '../audit/testing/packs.ts'
import { createContent } from '../content/index.ts'
import { setFirmRules } from './index.ts'
import { firmRule } from './rules/fixtures/firm-rule.ts'
import { RULE_SET } from './rules/index.ts'
import { CLEAN, desk } from './testing.ts'

const world = await testWorld()
const { runChecks } = desk(world)
const folder = mkdtempSync(join(tmpdir(), 'pramaan-firm-rules-'))
afterAll(() => rmSync(folder, { recursive: true }))
const logKeys = world.keys.publicKeys.map((key) => readVerifierKey(verifierKey(world.ctx().settings.auditOrigin, key)))
const trust = { logKeys, witnessKeys: [], savedNotes: [] }
const HABIT = firmRule({ id: 'FIRM-HABIT', wordings: ['habit of saving'], severity: 'block', message: 'No habits.' })
const DAY_MS = 86_400_000

async function judged(advisor: TestAdvisor) {
  await createContent(advisor.owner(), { content: CLEAN, submit: true })
  await runChecks()
}

/** Has a pack of the days around now made, verifies it, and reads rules and verdicts out of it. */
async function packOf(advisor: TestAdvisor, days = { before: 30, after: 30 }) {
  const { id } = await requestPack(advisor.owner(), {
    from: new Date(Date.now() - days.before * DAY_MS).toISOString(),
    to: new Date(Date.now() + days.after * DAY_MS).toISOString(),
  })
  await makePacks(world)
  const path = join(folder, `${id}.zip`)
  await savePack(advisor.owner(), id, path)
  const rowsOf = async (kind: string) => {
    let text = ''
    for (const [name, read] of await readZip(path))
      if (name.startsWith(kind)) for await (const chunk of read()) text += chunk
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  }
  return { report: await verifyPack(path, trust), rules: await rowsOf('rules'), verdicts: await rowsOf('verdicts') }
}

test('verdicts under rules of the firm come with those rules, each version in words, and the verifier counts their digests anew', async () => {
  const advisor = await makeAdvisor(world, { autoApproveClean: true })
  await judged(advisor)
  await setFirmRules(advisor.owner(), { rules: [HABIT] })
  await judged(advisor)
  await setFirmRules(advisor.owner(), { rules: [] })
  await judged(advisor)
  const { report, rules, verdicts } = await packOf(advisor)
  expect(report).toMatchObject({ outcome: 'ok', findings: [] })
  expect(rules).toMatchObject([
    { digest: RULE_SET.digest, pack: expect.stringContaining('CLM-RISK-FREE') },
    { version: 1, rules: [HABIT] },
    { version: 2, rules: [] },
  ])
  const given = [null, 1, 2].map((version) => ({ pack_digest: RULE_SET.digest, firm_rules_version: version }))
  expect(verdicts).toMatchObject(given)
  expect(new Set(verdicts.map((verdict) => verdict.rule_set_digest)).size).toBe(3)
  expect(verdicts[1].findings).toMatchObject([{ ruleId: 'FIRM-HABIT', message: 'No habits.' }])
})

test('the rules of a verdict are in its pack, whatever the clocks of application and log say about the day', async () => {
  const advisor = await makeAdvisor(world, { autoApproveClean: true })
  await setFirmRules(advisor.owner(), { rules: [HABIT] })
  world.clock.advance(-60 * DAY_MS)
  await judged(advisor)
  world.clock.advance(60 * DAY_MS)
  const { report, rules, verdicts } = await packOf(advisor)
  expect([report.findings, rules.length, verdicts.length]).toEqual([[], 2, 1])
})

test('rules that were changed or are missing, and a verdict under another name than its rules, are found', async () => {
  const changes = [
    {
      kind: 'edited',
      where: /^the rules /,
      sql: `update firm_rule_sets set rules = jsonb_set(rules, '{0,message}', '"No."')`,
    },
    { kind: 'edited', where: /names other rules/, sql: `update verdicts set rule_set_digest = repeat('0', 64)` },
    { kind: 'incomplete', where: /^rules: those of the verdict/, sql: 'delete from firm_rule_sets' },
  ]
  for (const { kind, sql, where } of changes) {
    const advisor = await makeAdvisor(world, { autoApproveClean: true })
    await setFirmRules(advisor.owner(), { rules: [HABIT] })
    await judged(advisor)
    await world.asSuperuser(
      'set session_replication_role = replica',
      `${sql} where advisor_id = '${advisor.advisorId}'`,
      'reset session_replication_role',
    )
    const { report } = await packOf(advisor)
    expect(report).toMatchObject({ outcome: 'tampered', findings: [{ kind, where: expect.stringMatching(where) }] })
  }
})
