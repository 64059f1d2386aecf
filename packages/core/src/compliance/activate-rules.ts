import { schema } from '@pramaan/db'
import { ImpactIdInput, type RuleImpactView } from '@pramaan/shared'
import { and, eq, isNull } from 'drizzle-orm'
import { requireStepUp } from '../identity/index.ts'
import { asSystem, userIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { impactView, readImpact } from './rule-impacts.ts'
import { readPackInForce } from './rules-in-force.ts'
import { suspendActivated } from './sweep-approvals.ts'

const { ruleImpacts } = schema

/**
 * Activates the candidate of a finished report: the first admin proposes it, another one activates it. From then on every
 * process judges by it, and nothing is sent on which it decides more strictly: those approvals are suspended, delivery holds
 * what was queued, and the authors are told. The release that brings the candidate's rules may follow at any time.
 *
 * @throws AppError `not_found`; `step_up_required`; `invalid_state` for a report that is not finished, was activated, or was
 *   made against other rules than those in use; `forbidden` when the same admin would be both; `conflict`
 */
export const activateRules = steps({
  name: 'rule_set.activate',
  input: ImpactIdInput,
  async run(ctx, input): Promise<RuleImpactView> {
    const view = await activate(ctx, input).catch((error: Error) => {
      throw isSecondSuccessor(error) ? new AppError('conflict', 'Other rules were activated at the same time.') : error
    })
    if (view.activatedAt !== null) await suspendActivated(asSystem(ctx, 'rule_set.activate'))
    return view
  },
})

/** Two candidates for the place of one pack, activated at the same moment: the database lets one of them in. */
const isSecondSuccessor = ({ cause }: Error): boolean =>
  (cause as { constraint?: string } | undefined)?.constraint === 'rule_impacts_successor'

const activate = command({
  name: 'rule_set.activate',
  input: ImpactIdInput,
  async run(ctx, { id }) {
    const found = await readImpact(ctx.tx, id)
    if (!found) throw notFound('report')
    requireStepUp(ctx)
    const { impact, version } = found
    if (impact.state !== 'done') throw new AppError('invalid_state', 'The report is not finished. Wait until it is.')
    if (impact.activatedAt !== null) throw new AppError('invalid_state', 'These rules were activated already.')
    const { digest: inForce, lineage } = await readPackInForce(ctx.tx)
    if (impact.baseDigest !== inForce) {
      throw new AppError('invalid_state', 'The report was made against other rules. Ask for a new one.')
    }
    if (lineage.some((ancestor) => ancestor.digest === impact.digest)) {
      throw new AppError('invalid_state', 'These rules were in force before. Give them a version of their own.')
    }
    const me = userIdOf(ctx)
    if (impact.proposedBy === me) {
      throw new AppError('forbidden', 'You proposed these rules. Another administrator must activate them.')
    }
    const isSecond = impact.proposedBy !== null
    const change = isSecond ? { activatedBy: me, activatedAt: ctx.now() } : { proposedBy: me }
    const wanted = isSecond ? isNull(ruleImpacts.activatedAt) : isNull(ruleImpacts.proposedBy)
    const [row] = await ctx.tx
      .update(ruleImpacts)
      .set(change)
      .where(and(eq(ruleImpacts.id, id), wanted))
      .returning()
    if (!row) throw new AppError('conflict', 'Another administrator was faster. Read the report again.')
    const { digest, judged, looser, stricter } = row
    return {
      output: impactView({ impact: row, version }),
      audit: {
        action: isSecond ? 'rule_set.activated' : 'rule_set.proposed',
        objectType: 'rule_impact',
        objectId: id,
        ruleSetDigest: digest,
        detail: { baseDigest: row.baseDigest, judged, stricter, looser, proposedBy: row.proposedBy },
      },
    }
  },
})
