import { schema } from '@pramaan/db'
import { Day, Id, line, type PackView, RequestPackInput, startOfIstDay } from '@pramaan/shared'
import { and, eq, ne } from 'drizzle-orm'
import { z } from 'zod'
import { actorIdOf, advisorIdOf, type Ctx } from '../../platform/context.ts'
import { AppError, notFound } from '../../platform/errors.ts'
import { command, steps } from '../../platform/use-case.ts'
import { makePackJob } from '../jobs.ts'
import { ALL_KINDS, kindsWithin } from './kinds.ts'
import { packView } from './pack-view.ts'

const { advisors, auditPacks } = schema

const DAY_MS = 86_400_000
/** For how long a pack can be fetched; it says so. */
const KEPT_DAYS = 7
/** Packs of a firm that lie ready or are being made at once. */
const MAX_KEPT = 20

/**
 * Asks for an inspection pack of the caller's firm: the owner for everything, an inspector for what their grant covers.
 *
 * @throws AppError `invalid_input` when the period ends before it begins; `invalid_state` when too many packs lie ready
 */
export const requestPack = steps({
  name: 'audit.request_pack',
  input: RequestPackInput,
  run: (ctx, { from, to, recipient, reason }): Promise<PackView> =>
    openPack(ctx, {
      advisorId: advisorIdOf(ctx),
      from: startOf(from),
      until: endOf(to),
      recipient: watermark(ctx, recipient),
      reason: reason ?? (ctx.inspection ? 'Inspection' : 'Asked for by the firm'),
    }),
})

const isDay = (moment: string): boolean => Day.safeParse(moment).success
const startOf = (moment: string): Date => (isDay(moment) ? startOfIstDay(moment) : new Date(moment))
const endOf = (moment: string): Date => (isDay(moment) ? new Date(startOf(moment).getTime() + DAY_MS) : startOf(moment))

/** For whom a copy is, as it stands on it: an inspector's names the grant, whatever else they say. */
function watermark({ actor, inspection }: Ctx, recipient: string | undefined): string {
  if (!inspection) return recipient ?? 'the firm itself'
  const who = `inspector ${actorIdOf(actor)}, grant ${inspection.grantId}`
  return recipient === undefined ? who : `${recipient} (${who})`
}

/**
 * Opens a pack: the export stands in the firm's log before a single row is read, and is the last entry that the pack holds.
 *
 * @throws AppError `not_found`, `invalid_input`, `invalid_state`
 */
export const openPack = command({
  name: 'audit.open_pack',
  input: z.strictObject({
    advisorId: Id,
    from: z.date(),
    until: z.date(),
    recipient: line(400),
    reason: line(300),
    everything: z.boolean().default(false),
  }),
  async run(ctx, { advisorId, everything, from, until, recipient, reason }) {
    if (from > until)
      throw new AppError('invalid_input', 'The period ends before it begins. Give from and to in order.')
    const [firm] = await ctx.tx
      .select({ id: advisors.id })
      .from(advisors)
      .where(eq(advisors.id, advisorId))
      .for('update')
    if (!firm) throw notFound('advisor')
    const isKept = and(eq(auditPacks.advisorId, advisorId), ne(auditPacks.state, 'deleted'))
    if ((await ctx.tx.$count(auditPacks, isKept)) >= MAX_KEPT) {
      throw new AppError('invalid_state', `${MAX_KEPT} packs are there already. The oldest go after ${KEPT_DAYS} days.`)
    }
    const [row] = await ctx.tx
      .insert(auditPacks)
      .values({
        advisorId,
        id: ctx.newId(),
        periodFrom: from,
        periodUntil: until,
        recipient,
        reason,
        kinds: everything && !ctx.inspection ? [...ALL_KINDS] : kindsWithin(ctx.inspection?.scopes ?? null),
        requestedBy: actorIdOf(ctx.actor),
        grantId: ctx.inspection?.grantId ?? null,
        createdAt: ctx.now(),
        availableUntil: new Date(ctx.now().getTime() + KEPT_DAYS * DAY_MS),
      })
      .returning()
    if (!row) throw new Error('an insert returned nothing')
    const { id: packId, kinds } = row
    const detail = { recipient, from: from.toISOString(), to: until.toISOString(), kinds }
    return {
      output: packView({ pack: row, files: 0, rows: 0, bytes: 0 }),
      audit: { action: 'pack.exported', objectType: 'pack', objectId: packId, advisorId, reason, detail },
      jobs: [makePackJob.with({ advisorId, packId })],
    }
  },
})
