import { schema } from '@pramaan/db'
import { FirmRulesInput, type FirmRulesView, GetFirmRulesInput } from '@pramaan/shared'
import { and, desc, eq } from 'drizzle-orm'
import { requireStepUp } from '../identity/index.ts'
import { advisorIdOf, type CommandCtx, type Ctx, userIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command, query, type Result } from '../platform/use-case.ts'
import { judgingFor } from './engine.ts'
import { firmRulesDigest } from './rules/index.ts'

const { firmRuleSets } = schema

/** What a firm has that never wrote rules. */
const NONE: FirmRulesView = { version: 0, digest: null, rules: [], setBy: null, setAt: null }

async function readVersion(ctx: Ctx | CommandCtx, version?: number): Promise<FirmRulesView | null> {
  const queries = 'tx' in ctx ? ctx.tx : ctx.db.read
  const [row] = await queries
    .select()
    .from(firmRuleSets)
    .where(
      and(
        eq(firmRuleSets.advisorId, advisorIdOf(ctx)),
        version === undefined ? undefined : eq(firmRuleSets.version, version),
      ),
    )
    .orderBy(desc(firmRuleSets.version))
    .limit(1)
  if (!row) return null
  const { createdAt, digest, rules, setBy } = row
  return { version: row.version, digest, rules, setBy, setAt: createdAt.toISOString() }
}

/** The rules that a firm adds for itself, now or in an earlier version. @throws AppError `not_found` */
export const getFirmRules = query({
  name: 'firm_rules.get',
  input: GetFirmRulesInput,
  async run(ctx, { version }): Promise<FirmRulesView> {
    const found = await readVersion(ctx, version)
    if (found) return found
    if (version !== undefined && version > 0) throw notFound('version')
    return NONE
  },
})

/**
 * Puts other rules of the firm in the place of those that it has; an empty list ends them. They add findings to those of the
 * pack and take none away. From then on every check judges by them, and what was approved by others is checked again.
 *
 * @throws AppError `step_up_required`; `conflict` when somebody changed them at the same moment
 */
export const setFirmRules = command({
  name: 'firm_rules.set',
  input: FirmRulesInput,
  async run(ctx, { rules }): Promise<Result<FirmRulesView>> {
    requireStepUp(ctx)
    const before = (await readVersion(ctx)) ?? NONE
    const digest = firmRulesDigest(rules)
    if (digest === before.digest) return { output: before, unchanged: true }
    // A rule that does not compile throws here, and is not stored.
    judgingFor(rules)
    const version = before.version + 1
    const row = { advisorId: advisorIdOf(ctx), version, digest, rules, setBy: userIdOf(ctx), createdAt: ctx.now() }
    const made = await ctx.tx
      .insert(firmRuleSets)
      .values(row)
      .onConflictDoNothing()
      .returning({ version: firmRuleSets.version })
    if (made.length === 0) throw new AppError('conflict', 'Your rules changed at the same time. Read them again.')
    return {
      output: { version, digest, rules, setBy: row.setBy, setAt: row.createdAt.toISOString() },
      audit: {
        action: 'firm_rules.set',
        objectType: 'firm_rules',
        objectId: String(version),
        from: before.digest,
        to: digest,
        detail: { version, rules: rules.map(({ id, severity }) => ({ id, severity })) },
      },
    }
  },
})
