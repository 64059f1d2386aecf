import { schema } from '@pramaan/db'
import { LicenceClaim } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { viewOfLicence } from './licence-rows.ts'

const { advisors, licences } = schema

const LICENCES_AT_MOST = 20

/**
 * Claims one more licence for the firm. It counts as claimed until an administrator has found it in the register.
 *
 * @throws AppError `conflict` for one that the firm has already, or when it has too many
 */
export const addLicence = command({
  name: 'licence.claim',
  input: LicenceClaim,
  async run(ctx, { type, number, euin = null }) {
    const advisorId = advisorIdOf(ctx)
    // Two claims at once take turns, so that the limit holds.
    await ctx.tx.select({ id: advisors.id }).from(advisors).where(eq(advisors.id, advisorId)).for('update')
    if ((await ctx.tx.$count(licences, eq(licences.advisorId, advisorId))) >= LICENCES_AT_MOST) {
      throw new AppError(
        'conflict',
        `A firm holds at most ${LICENCES_AT_MOST} licences here. Write to us if you have more.`,
      )
    }
    const [row] = await ctx.tx
      .insert(licences)
      .values({ advisorId, id: ctx.newId(), type, number, euin, createdAt: ctx.now() })
      .onConflictDoNothing()
      .returning()
    if (!row) throw new AppError('conflict', 'Your firm has this licence already. Hand in evidence for it instead.')
    return {
      output: viewOfLicence(row),
      audit: { action: 'licence.claimed', objectType: 'licence', objectId: row.id, to: row.state, detail: { type } },
    }
  },
})
