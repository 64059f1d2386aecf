import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { asSystem, type Ctx, withinFirm } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { describeError } from '../platform/log.ts'
import { command } from '../platform/use-case.ts'
import { openToken } from './connection-secrets.ts'
import { findConnection } from './queries.ts'
import { refusalReason } from './rules/refusals.ts'
import { stopConnection } from './stop-connection.ts'
import type { ConnectionRow } from './views.ts'

/** How old what we know of a number may be before WhatsApp is asked again. */
const FRESH_MS = 3_600_000

const DEAD_TOKEN = 190

/** States in which a number sends nothing (Graph, `status` of a phone number). Others, such as `FLAGGED`, only warn. */
const OUT_OF_SERVICE: readonly string[] = ['BANNED', 'DELETED', 'DISCONNECTED', 'MIGRATED', 'PENDING', 'UNVERIFIED']

/** What WhatsApp says of a number and of the account that pays for it. @throws UpstreamError */
export async function askHealth(ctx: Ctx, token: string, row: Pick<ConnectionRow, 'phoneNumberId' | 'wabaId'>) {
  const [number, billingCurrency] = await Promise.all([
    ctx.clients.whatsapp.phoneNumber(token, row.phoneNumberId),
    ctx.clients.whatsapp.billingCurrency(token, row.wabaId),
  ])
  const { verified: _, ...health } = number
  return { ...health, billingCurrency, healthAt: ctx.now() }
}

const Health = z.strictObject({
  displayPhoneNumber: z.string(),
  quality: z.string().nullable(),
  nameStatus: z.string().nullable(),
  throughput: z.int().nullable(),
  dailyPeople: z.int().nullable(),
  canSend: z.string().nullable(),
  healthCode: z.int().nullable(),
  billingCurrency: z.string().nullable(),
  healthAt: z.date(),
})

const record = command({
  name: 'whatsapp.record_health',
  input: z.strictObject({ advisorId: z.uuid(), connectionId: z.uuid(), status: z.string(), health: Health }),
  async run(ctx, { advisorId, connectionId, status, health }) {
    const { whatsappConnections } = schema
    const { throughput, dailyPeople, ...plain } = health
    // A limit that WhatsApp leaves out is one that still stands.
    const limits = { ...(throughput !== null && { throughput }), ...(dailyPeople !== null && { dailyPeople }) }
    const isIt = and(eq(whatsappConnections.advisorId, advisorId), eq(whatsappConnections.id, connectionId))
    await ctx.tx
      .update(whatsappConnections)
      .set({ ...plain, ...limits, updatedAt: ctx.now() })
      .where(isIt)
    const entry = {
      action: 'whatsapp.health_read',
      objectType: 'whatsapp_connection',
      objectId: connectionId,
      advisorId,
      detail: { status, ...health, healthAt: health.healthAt.toISOString() },
    }
    if (!OUT_OF_SERVICE.includes(status)) return { output: null, audit: entry }
    const reason = `WhatsApp says that the number is ${status.toLowerCase()}. Look into WhatsApp Manager, then connect it again.`
    const stopped = await stopConnection(ctx, { advisorId, failure: reason, again: false })
    return { output: null, audit: [entry, ...stopped.audit], jobs: stopped.jobs }
  },
})

const revoke = command({
  name: 'whatsapp.record_revocation',
  input: z.strictObject({ advisorId: z.uuid() }),
  async run(ctx, { advisorId }) {
    const reason = refusalReason(DEAD_TOKEN, 'stop_account')
    const { audit, jobs } = await stopConnection(ctx, { advisorId, failure: reason, again: true })
    const [first, ...rest] = audit
    return first ? { output: null, audit: [first, ...rest], jobs } : { output: null, unchanged: true }
  },
})

/**
 * Asks WhatsApp how a connected number is, where what we know is older than an hour. A token that is worth nothing any
 * more, and a number that WhatsApp has taken out of service, stop everything. When WhatsApp does not answer, what we know
 * stands.
 */
export async function refreshHealth(ctx: Ctx, advisorId: string): Promise<void> {
  const inFirm = withinFirm(ctx, advisorId)
  const row = await findConnection(inFirm.db.read, advisorId)
  if (row?.state !== 'connected') return
  if (row.healthAt !== null && row.healthAt.getTime() > ctx.now().getTime() - FRESH_MS) return
  // What WhatsApp says is no deed of whoever happened to ask.
  const system = asSystem(ctx, 'whatsapp')
  try {
    const { status, ...health } = await askHealth(ctx, await openToken(ctx.keys, inFirm.db.read, row), row)
    await record(system, { advisorId, connectionId: row.id, status, health })
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    ctx.log.warn({ advisorId, ...describeError(error) }, 'the health of a number could not be asked about')
    if (error.vendorCode === DEAD_TOKEN) await revoke(system, { advisorId })
  }
}
