import { schema } from '@pramaan/db'
import { CountShadowInput, type ShadowCount } from '@pramaan/shared'
import { count, countDistinct, desc, gte, max } from 'drizzle-orm'
import { query } from '../platform/use-case.ts'
import { RULE_SET } from './rules/index.ts'

const { shadowFindings } = schema
const DAY_MS = 24 * 3_600_000

/** How often each pending rule would have found something in the days before now, over all firms; the commonest first. */
export const countShadow = query({
  name: 'shadow.count',
  input: CountShadowInput,
  async run(ctx, { days }): Promise<{ items: ShadowCount[] }> {
    const rows = await ctx.db.read
      .select({
        ruleId: shadowFindings.ruleId,
        texts: count(),
        firms: countDistinct(shadowFindings.advisorId),
        lastFoundAt: max(shadowFindings.createdAt),
      })
      .from(shadowFindings)
      .where(gte(shadowFindings.createdAt, new Date(ctx.now().getTime() - days * DAY_MS)))
      .groupBy(shadowFindings.ruleId)
      .orderBy(desc(count()), shadowFindings.ruleId)
    const rules = new Map(RULE_SET.rules.map((rule) => [rule.id, rule]))
    const silent = RULE_SET.rules.filter(
      ({ id, status }) => status === 'pending' && !rows.some((row) => row.ruleId === id),
    )
    const found = rows.map(({ lastFoundAt, ...row }) => ({ ...row, lastFoundAt: lastFoundAt?.toISOString() ?? null }))
    const quiet = silent.map(({ id: ruleId }) => ({ ruleId, texts: 0, firms: 0, lastFoundAt: null }))
    return {
      items: [...found, ...quiet].map((row) => {
        const rule = rules.get(row.ruleId)
        return { ...row, title: rule?.title ?? null, clause: rule ? `${rule.instrument}: ${rule.clause}` : null }
      }),
    }
  },
})
