import { randomBytes } from 'node:crypto'
import { schema } from '@pramaan/db'
import { AddEndpointInput } from '@pramaan/shared'
import { count, eq } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { endpointView, secretOf } from './endpoint-view.ts'
import { pumpJob } from './jobs.ts'

/** Endpoints that a firm may have. */
const MOST = 10

/**
 * Has events sent to an address of the firm's, signed with a secret that only this answer shows (Standard Webhooks,
 * `whsec_` and 32 random bytes).
 *
 * @throws AppError `invalid_input` for an address that is not on the open internet, `conflict` for one too many
 */
export const addEndpoint = command({
  name: 'webhook_endpoint.add',
  input: AddEndpointInput,
  async run(ctx, { url, events }) {
    const advisorId = advisorIdOf(ctx)
    const { webhookEndpoints } = schema
    const refusal = ctx.clients.webhook.refusal(url)
    if (refusal !== null) throw new AppError('invalid_input', refusal)
    const mine = eq(webhookEndpoints.advisorId, advisorId)
    const [kept] = await ctx.tx.select({ endpoints: count() }).from(webhookEndpoints).where(mine)
    if ((kept?.endpoints ?? 0) >= MOST) throw new AppError('conflict', `A firm has ${MOST} endpoints at the most.`)
    const id = ctx.newId()
    const secret = `whsec_${randomBytes(32).toString('base64')}`
    const key = await ctx.keys.dataKeyOf(ctx.tx, advisorId)
    const [row] = await ctx.tx
      .insert(webhookEndpoints)
      .values({
        advisorId,
        id,
        url,
        events: [...new Set(events)],
        secret: ctx.keys.seal(key, secretOf(id), secret),
        state: 'active',
        createdAt: ctx.now(),
        updatedAt: ctx.now(),
      })
      .returning()
    if (!row) throw new Error('an insert returned nothing')
    return {
      output: { ...endpointView(row), secret },
      audit: {
        action: 'webhook_endpoint.added',
        objectType: 'webhook_endpoint',
        objectId: id,
        detail: { host: new URL(url).host, events: row.events },
      },
      jobs: [pumpJob.with({})],
    }
  },
})
