import { type Queries, schema } from '@pramaan/db'
import { GetImpactInput, PageInput, type RuleFlip, type RuleImpactView } from '@pramaan/shared'
import { and, asc, desc, eq, gt, lt } from 'drizzle-orm'
import { decodeCursor, PAST_THE_NEWEST, toPage } from '../platform/cursor.ts'
import { notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'

const { ruleFlips, ruleImpacts, rulePacks } = schema

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'

/** A report with the candidate that it is about; null when there is none. */
export async function readImpact(queries: Queries, id: string) {
  const [row] = await queries
    .select({ impact: ruleImpacts, version: rulePacks.version, pack: rulePacks.pack })
    .from(ruleImpacts)
    .innerJoin(rulePacks, eq(rulePacks.digest, ruleImpacts.digest))
    .where(eq(ruleImpacts.id, id))
  return row ?? null
}

const iso = (time: Date | null) => time?.toISOString() ?? null

export function impactView(row: { impact: typeof ruleImpacts.$inferSelect; version: string }): RuleImpactView {
  const { activatedAt, after: _, createdAt, finishedAt, ...impact } = row.impact
  return {
    ...impact,
    version: row.version,
    createdAt: createdAt.toISOString(),
    finishedAt: iso(finishedAt),
    activatedAt: iso(activatedAt),
  }
}

/** A report and the texts on which the candidate decides otherwise. @throws AppError `not_found` */
export const getImpact = query({
  name: 'rule_impact.get',
  input: GetImpactInput,
  async run(ctx, { cursor, id, limit }) {
    const found = await readImpact(ctx.db.read, id)
    if (!found) throw notFound('report')
    const list = `rule_flips:${id}`
    const after = cursor === undefined ? BEFORE_ALL : decodeCursor(ctx.keys, list, cursor)
    const rows = await ctx.db.read
      .select()
      .from(ruleFlips)
      .where(and(eq(ruleFlips.impactId, id), gt(ruleFlips.contentId, after)))
      .orderBy(asc(ruleFlips.contentId))
      .limit(limit + 1)
    const view = ({ fromOutcome: from, impactId: _, toOutcome: to, ...flip }: (typeof rows)[number]) =>
      ({ ...flip, status: flip.status as RuleFlip['status'], from, to }) satisfies RuleFlip
    return {
      impact: impactView(found),
      flips: toPage(ctx.keys, list, rows, { limit, keyOf: ({ contentId }) => contentId, view }),
    }
  },
})

/** The candidates that were judged, newest first, and which of them were activated. */
export const listRuleSets = query({
  name: 'rule_set.list',
  input: PageInput,
  async run(ctx, { cursor, limit }) {
    const before = cursor === undefined ? PAST_THE_NEWEST : decodeCursor(ctx.keys, 'rule_sets', cursor)
    const rows = await ctx.db.read
      .select({ impact: ruleImpacts, version: rulePacks.version })
      .from(ruleImpacts)
      .innerJoin(rulePacks, eq(rulePacks.digest, ruleImpacts.digest))
      .where(lt(ruleImpacts.id, before))
      .orderBy(desc(ruleImpacts.id))
      .limit(limit + 1)
    return toPage(ctx.keys, 'rule_sets', rows, { limit, keyOf: ({ impact }) => impact.id, view: impactView })
  },
})
