import { schema } from '@pramaan/db'
import { ConnectWhatsappInput } from '@pramaan/shared'
import { and, eq, ne } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf, type CommandCtx, type Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { sealPin, sealToken } from './connection-secrets.ts'
import { resumeHeld } from './hold-campaigns.ts'
import { CONNECTION_STEPS, type ConnectionStep, stepAfter } from './rules/connection-steps.ts'
import { type ConnectionRow, connectionView } from './views.ts'

const { whatsappConnections } = schema

/** After so long without a recorded step whoever was connecting has died: five calls take less than this. */
const TAKEOVER_MS = 120_000

const FIRST_STEP: ConnectionStep = 'exchange_code'

/**
 * Refuses a number that another advisor has, before anything is asked of WhatsApp. Of two who begin at once the index
 * refuses one at the last step.
 *
 * @throws AppError `conflict`
 */
export async function requireFreeNumber(ctx: Ctx, phoneNumberId: string): Promise<void> {
  const [foreign] = await ctx.db.acrossAdvisors.read
    .select({ id: whatsappConnections.id })
    .from(whatsappConnections)
    .where(
      and(
        eq(whatsappConnections.phoneNumberId, phoneNumberId),
        eq(whatsappConnections.state, 'connected'),
        ne(whatsappConnections.advisorId, advisorIdOf(ctx)),
      ),
    )
  if (foreign) throw new AppError('conflict', 'This WhatsApp number is connected to another account.')
}

/** Begins to connect a number, or goes on with one whose connecting failed. */
export const beginConnecting = command({
  name: 'whatsapp.connect',
  input: ConnectWhatsappInput,
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const [existing] = await ctx.tx
      .select()
      .from(whatsappConnections)
      .where(and(eq(whatsappConnections.advisorId, advisorId), ne(whatsappConnections.state, 'revoked')))
      .for('update')
    if (existing) refuseLive(existing, ctx.now())
    const { id, step } = await (existing ? goOn(ctx, existing, input) : startNew(ctx, advisorId, input))
    return {
      output: null,
      audit: {
        action: 'whatsapp.connecting_started',
        objectType: 'whatsapp_connection',
        objectId: id,
        from: existing?.state ?? null,
        to: 'connecting',
        detail: { step, wabaId: input.wabaId, phoneNumberId: input.phoneNumberId },
      },
    }
  },
})

function refuseLive(existing: ConnectionRow, now: Date): void {
  if (existing.state === 'connected') {
    throw new AppError('conflict', 'A WhatsApp number is connected already. One account has one number.')
  }
  if (existing.state === 'connecting' && now.getTime() - existing.updatedAt.getTime() < TAKEOVER_MS) {
    throw new AppError('conflict', 'The number is being connected right now. Look at the connection in a minute.')
  }
}

type Input = z.output<typeof ConnectWhatsappInput>
interface Begun {
  id: string
  step: string
}

async function startNew(ctx: CommandCtx, advisorId: string, input: Input): Promise<Begun> {
  const id = ctx.newId()
  const key = await ctx.keys.dataKeyOf(ctx.tx, advisorId)
  const rows = await ctx.tx
    .insert(whatsappConnections)
    .values({
      advisorId,
      id,
      wabaId: input.wabaId,
      phoneNumberId: input.phoneNumberId,
      accessToken: sealToken(ctx.keys, key, id, ''),
      pin: sealPin(ctx.keys, key, id, input.pin),
      state: 'connecting',
      step: FIRST_STEP,
      createdAt: ctx.now(),
      updatedAt: ctx.now(),
    })
    .onConflictDoNothing()
    .returning({ id: whatsappConnections.id })
  if (rows.length === 0) {
    throw new AppError('conflict', 'The number is being connected right now. Look at the connection in a minute.')
  }
  return { id, step: FIRST_STEP }
}

/** Another account or number than the failed one starts from the beginning. */
async function goOn(ctx: CommandCtx, existing: ConnectionRow, input: Input): Promise<Begun> {
  const { advisorId, id } = existing
  const same = existing.wabaId === input.wabaId && existing.phoneNumberId === input.phoneNumberId
  const step = same && existing.step !== 'done' ? existing.step : FIRST_STEP
  const key = await ctx.keys.dataKeyOf(ctx.tx, advisorId)
  await ctx.tx
    .update(whatsappConnections)
    .set({
      wabaId: input.wabaId,
      phoneNumberId: input.phoneNumberId,
      pin: sealPin(ctx.keys, key, id, input.pin),
      state: 'connecting',
      step,
      failure: null,
      updatedAt: ctx.now(),
      ...(same ? {} : { displayPhoneNumber: null, templateStatus: null, templateStatusAt: null }),
    })
    .where(and(eq(whatsappConnections.advisorId, advisorId), eq(whatsappConnections.id, id)))
  return { id, step }
}

const StepResult = z.strictObject({
  accessToken: z.string().optional(),
  displayPhoneNumber: z.string().optional(),
  quality: z.string().nullable().optional(),
  nameStatus: z.string().nullable().optional(),
  throughput: z.int().nullable().optional(),
  dailyPeople: z.int().nullable().optional(),
  canSend: z.string().nullable().optional(),
  healthCode: z.int().nullable().optional(),
  billingCurrency: z.string().nullable().optional(),
  healthAt: z.date().optional(),
  templateStatus: z.string().optional(),
  templateCategory: z.string().optional(),
})
/** What a step learned. */
export type StepResult = z.input<typeof StepResult>

const Step = z.enum(CONNECTION_STEPS).exclude(['done'])

const ofThisStep = (advisorId: string, connectionId: string, step: string) =>
  and(
    eq(whatsappConnections.advisorId, advisorId),
    eq(whatsappConnections.id, connectionId),
    eq(whatsappConnections.state, 'connecting'),
    eq(whatsappConnections.step, step),
  )

const LOST = new AppError('conflict', 'Somebody else is connecting this number. Look at the connection in a minute.')

/** Records a step that is done; the last one makes the number connected, and campaigns that waited for it go on. */
export const recordStep = command({
  name: 'whatsapp.record_step',
  input: z.strictObject({ connectionId: z.uuid(), step: Step, result: StepResult }),
  async run(ctx, { connectionId, step, result }) {
    const advisorId = advisorIdOf(ctx)
    const next = stepAfter(step)
    const { accessToken, ...plain } = result
    const sealed =
      accessToken === undefined
        ? {}
        : { accessToken: sealToken(ctx.keys, await ctx.keys.dataKeyOf(ctx.tx, advisorId), connectionId, accessToken) }
    const state = next === 'done' ? 'connected' : 'connecting'
    const [row] = await ctx.tx
      .update(whatsappConnections)
      .set({ ...plain, ...sealed, step: next, state, updatedAt: ctx.now() })
      .where(ofThisStep(advisorId, connectionId, step))
      .returning()
      .catch(refuseForeign)
    if (!row) throw LOST
    const resumed = state === 'connected' ? await resumeHeld(ctx, advisorId) : { audit: [], jobs: [] }
    const entry = {
      action: state === 'connected' ? 'whatsapp.connected' : 'whatsapp.step_done',
      objectType: 'whatsapp_connection',
      objectId: connectionId,
      detail: { step, ...plain, ...(plain.healthAt && { healthAt: plain.healthAt.toISOString() }) },
    }
    return { output: connectionView(row, ctx.now()), audit: [entry, ...resumed.audit], jobs: resumed.jobs }
  },
})

const UNIQUE_VIOLATION = '23505'

/** Two advisors may reach for one number at once; the index lets one of them through. */
function refuseForeign(error: unknown): never {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof Error && 'code' in cause && cause.code === UNIQUE_VIOLATION) {
    throw new AppError('conflict', 'This WhatsApp number is connected to another account.')
  }
  throw error
}

/** Records that a step failed, in words for the person who is to repair it. */
export const failConnecting = command({
  name: 'whatsapp.fail_connecting',
  input: z.strictObject({
    connectionId: z.uuid(),
    step: Step,
    failure: z.string(),
    /** The token we have is not accepted any more: connecting starts with a new code. */
    tokenIsDead: z.boolean(),
  }),
  async run(ctx, { connectionId, step, failure, tokenIsDead }) {
    const advisorId = advisorIdOf(ctx)
    const rows = await ctx.tx
      .update(whatsappConnections)
      .set({ state: 'failed', failure, step: tokenIsDead ? FIRST_STEP : step, updatedAt: ctx.now() })
      .where(ofThisStep(advisorId, connectionId, step))
      .returning({ id: whatsappConnections.id })
    if (rows.length === 0) return { output: null, unchanged: true }
    return {
      output: null,
      audit: {
        action: 'whatsapp.connecting_failed',
        objectType: 'whatsapp_connection',
        objectId: connectionId,
        from: 'connecting',
        to: 'failed',
        reason: failure,
        detail: { step },
      },
    }
  },
})
