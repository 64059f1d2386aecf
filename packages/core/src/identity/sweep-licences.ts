import { schema } from '@pramaan/db'
import type { LicenceState } from '@pramaan/shared'
import { and, eq, inArray, isNull, lt, lte, or } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { noticeJob } from './notice-jobs.ts'
import { moveLicenceState } from './rules/licence.ts'
import { lapsingUntil } from './rules/licence-day.ts'

const { licenceLists, licenceRegister, licences } = schema

/** Licences in one sweep; the next one goes on. */
const BATCH = 500

/**
 * Moves licences on by the calendar in India, and by the regulators' lists: one that runs out within 30 days, or that
 * the newest complete list no longer has, is lapsing; one that has run out is lapsed. Runs with every sweep and not
 * once a night, so that a night without a worker is made good by the first sweep after it. Two sweeps at once move each
 * licence once.
 *
 * @returns how many were moved
 */
export async function sweepLicences(ctx: Ctx): Promise<{ moved: number }> {
  const expired = await moveAll(ctx, 'expire', await findExpired(ctx))
  const near = await moveAll(ctx, 'come_near_expiry', [...(await findNear(ctx)), ...(await findGone(ctx))])
  return { moved: expired + near }
}

interface Found {
  advisorId: string
  id: string
  /** The list that it is missing from, where that is the reason. */
  goneFrom?: { listedOn: string; importedAt: Date }
}

const columns = { advisorId: licences.advisorId, id: licences.id }

const findExpired = (ctx: Ctx): Promise<Found[]> =>
  ctx.db.acrossAdvisors.read
    .select(columns)
    .from(licences)
    .where(and(inArray(licences.state, ['verified', 'lapsing']), lte(licences.validUntil, ctx.now())))
    .limit(BATCH)

const findNear = (ctx: Ctx): Promise<Found[]> =>
  ctx.db.acrossAdvisors.read
    .select(columns)
    .from(licences)
    .where(and(eq(licences.state, 'verified'), lte(licences.validUntil, lapsingUntil(ctx.now()))))
    .limit(BATCH)

/** An administrator who decided after the list came has seen that it lacks the number. */
const findGone = (ctx: Ctx): Promise<Found[]> =>
  ctx.db.acrossAdvisors.read
    .select({ ...columns, goneFrom: { listedOn: licenceLists.listedOn, importedAt: licenceLists.importedAt } })
    .from(licenceLists)
    .innerJoin(
      licenceRegister,
      and(eq(licenceRegister.type, licenceLists.type), lt(licenceRegister.listedOn, licenceLists.listedOn)),
    )
    .innerJoin(licences, and(eq(licences.type, licenceRegister.type), eq(licences.number, licenceRegister.number)))
    .where(
      and(
        eq(licences.state, 'verified'),
        or(isNull(licences.decidedAt), lt(licences.decidedAt, licenceLists.importedAt)),
      ),
    )
    .limit(BATCH)

async function moveAll(ctx: Ctx, event: 'come_near_expiry' | 'expire', found: readonly Found[]): Promise<number> {
  let moved = 0
  for (const licence of found) if (await moveByCalendar(ctx, { event, ...licence })) moved += 1
  return moved
}

const moveByCalendar = command({
  name: 'licence.move_on',
  input: z.strictObject({
    advisorId: z.uuid(),
    id: z.uuid(),
    event: z.enum(['come_near_expiry', 'expire']),
    goneFrom: z.object({ listedOn: z.string(), importedAt: z.date() }).optional(),
  }),
  async run(ctx, { advisorId, id, event, goneFrom }) {
    const which = and(eq(licences.advisorId, advisorId), eq(licences.id, id))
    const [licence] = await ctx.tx.select().from(licences).where(which).for('no key update')
    const to = licence && moveLicenceState(licence.state, event, 'system')
    if (!licence || !to) return { output: false, unchanged: true }
    if (!isDue(licence, ctx.now(), to, goneFrom)) return { output: false, unchanged: true }
    const validUntil = goneFrom === undefined ? licence.validUntil : deadlineOf(licence.validUntil, ctx.now())
    await ctx.tx.update(licences).set({ state: to, validUntil }).where(which)
    const topic = to === 'lapsed' ? 'licence_lapsed' : 'licence_lapsing'
    return {
      output: true,
      audit: {
        action: `licence.${to}`,
        objectType: 'licence',
        objectId: id,
        advisorId,
        from: licence.state,
        to,
        reason: goneFrom === undefined ? 'end of validity' : `not on the list of ${goneFrom.listedOn}`,
        detail: { validUntil: validUntil?.toISOString() ?? null },
      },
      jobs: [noticeJob.with({ kind: 'notice', noticeId: ctx.newId(), topic, advisorId, objectId: id })],
    }
  },
})

/** Whether it still stands as it was found, now that its row is locked: a decision in between wins. */
function isDue(
  { validUntil, decidedAt }: Pick<typeof licences.$inferSelect, 'validUntil' | 'decidedAt'>,
  now: Date,
  to: LicenceState,
  goneFrom: Found['goneFrom'],
): boolean {
  if (goneFrom !== undefined) return decidedAt === null || decidedAt < goneFrom.importedAt
  return validUntil !== null && validUntil <= (to === 'lapsed' ? now : lapsingUntil(now))
}

/** A number that left the register counts for 30 days more at most: then it lapses unless an administrator has decided. */
function deadlineOf(validUntil: Date | null, now: Date): Date {
  const deadline = lapsingUntil(now)
  return validUntil !== null && validUntil < deadline ? validUntil : deadline
}
