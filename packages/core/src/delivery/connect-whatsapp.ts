import { type ConnectionView, ConnectWhatsappInput } from '@pramaan/shared'
import type { z } from 'zod'
import { WHATSAPP_TEMPLATE } from '../compliance/index.ts'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { AppError, UpstreamError } from '../platform/errors.ts'
import { keptAnswer } from '../platform/idempotency.ts'
import { describeError } from '../platform/log.ts'
import { steps } from '../platform/use-case.ts'
import { beginConnecting, failConnecting, recordStep, requireFreeNumber, type StepResult } from './connecting.ts'
import { openPin, openToken } from './connection-secrets.ts'
import { findConnection } from './queries.ts'
import { askHealth } from './refresh-health.ts'
import { productTemplateStatus } from './refresh-template.ts'
import {
  CODE_NEEDED,
  type ConnectionStep,
  connectionStep,
  SIGN_UP_NEEDED,
  STEP_ADVICE,
  stepAfter,
} from './rules/connection-steps.ts'
import type { ConnectionRow } from './views.ts'

type View = z.output<typeof ConnectionView>
type Input = z.output<typeof ConnectWhatsappInput>

/**
 * Connects the advisor's WhatsApp number: code, webhooks, proof of the number, registration, a look at it, template. Each step is a
 * call outside of any transaction and then its record, so that a connecting that failed goes on at the failed step when
 * it is asked for again. A template may still be under review at the end; campaigns then wait for it.
 *
 * @throws AppError `conflict` when a number is connected already, is being connected, or belongs to another advisor;
 *   `invalid_state` when WhatsApp refused a step; UpstreamError when WhatsApp could not be reached
 */
export const connectWhatsapp = steps({
  name: 'whatsapp.connect',
  input: ConnectWhatsappInput,
  async run(ctx, input): Promise<View> {
    const kept = await keptAnswer<View>(ctx)
    if (kept) return kept.output
    const inner: Ctx = { ...ctx, idempotency: undefined }
    await requireFreeNumber(ctx, input.phoneNumberId)
    await beginConnecting(inner, input)
    const advisorId = advisorIdOf(ctx)
    for (;;) {
      const row = await findConnection(ctx.db.read, advisorId)
      if (!row) throw new Error('the connection that was begun has vanished')
      const step = connectionStep(row.step)
      if (step === 'done') throw new Error('the connecting was finished by somebody else')
      const result = await runStep(inner, row, step, input)
      const last = stepAfter(step) === 'done'
      const view = await recordStep(last ? ctx : inner, { connectionId: row.id, step, result })
      if (last) return view
    }
  },
})

async function runStep(ctx: Ctx, row: ConnectionRow, step: OpenStep, input: Input): Promise<StepResult> {
  try {
    return await STEPS[step](ctx, row, input)
  } catch (error) {
    const refused = error instanceof UpstreamError && !error.retryable && !error.outcomeUnknown
    if (!refused && !(error instanceof UpstreamError) && !(error instanceof AppError)) throw error
    const vendorCode = error instanceof UpstreamError ? error.vendorCode : undefined
    ctx.log.warn({ step, ...describeError(error) }, 'a step of connecting WhatsApp failed')
    const unreachable = 'WhatsApp could not be reached. Connect again in a few minutes; it goes on where it stopped.'
    const failure = error instanceof AppError ? error.publicMessage : refused ? STEP_ADVICE[step] : unreachable
    await failConnecting(ctx, { connectionId: row.id, step, failure, tokenIsDead: vendorCode === DEAD_TOKEN })
    throw refused ? new AppError('invalid_state', failure, { cause: error }) : error
  }
}

type OpenStep = Exclude<ConnectionStep, 'done'>

const DEAD_TOKEN = 190

/** What each step asks of WhatsApp. All but the first may be done again without harm. */
const STEPS: Record<OpenStep, (ctx: Ctx, row: ConnectionRow, input: Input) => Promise<StepResult>> = {
  exchange_code: async (ctx, _row, { code }) => {
    if (code === undefined) throw new AppError('invalid_state', SIGN_UP_NEEDED)
    return { accessToken: (await ctx.clients.whatsapp.exchangeCode(code)).accessToken }
  },

  subscribe_app: async (ctx, row) => {
    await ctx.clients.whatsapp.subscribeApp(await openToken(ctx.keys, ctx.db.read, row), row.wabaId)
    return {}
  },

  verify_number: async (ctx, row, { verificationCode, codeMethod }) => {
    const token = await openToken(ctx.keys, ctx.db.read, row)
    const { whatsapp } = ctx.clients
    if ((await whatsapp.phoneNumber(token, row.phoneNumberId)).verified !== false) return {}
    if (verificationCode !== undefined) {
      await whatsapp.verifyCode(token, row.phoneNumberId, verificationCode)
      return {}
    }
    await whatsapp.requestCode(token, row.phoneNumberId, codeMethod)
    throw new AppError('invalid_state', CODE_NEEDED)
  },

  register_number: async (ctx, row) => {
    const token = await openToken(ctx.keys, ctx.db.read, row)
    await ctx.clients.whatsapp.registerNumber(token, row.phoneNumberId, await openPin(ctx.keys, ctx.db.read, row))
    return {}
  },

  read_number: async (ctx, row) => {
    const token = await openToken(ctx.keys, ctx.db.read, row)
    const { status, ...health } = await askHealth(ctx, token, row)
    if (status !== 'CONNECTED') throw new AppError('invalid_state', STEP_ADVICE.read_number)
    return health
  },

  create_template: async (ctx, row) => {
    const token = await openToken(ctx.keys, ctx.db.read, row)
    const existing = await productTemplateStatus(ctx, token, row.wabaId)
    if (existing !== null) return { templateStatus: existing }
    const template = { ...WHATSAPP_TEMPLATE, examples: [...WHATSAPP_TEMPLATE.examples] }
    return { templateStatus: (await ctx.clients.whatsapp.createTemplate(token, row.wabaId, template)).status }
  },
}
