import { schema } from '@pramaan/db'
import { CreateCampaignInput } from '@pramaan/shared'
import type { z } from 'zod'
import { requireProof } from '../compliance/index.ts'
import { moveContent } from '../content/index.ts'
import { readAdvisor } from '../identity/index.ts'
import { advisorIdOf, authorIdOf, type CommandCtx } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { campaignTrail } from './campaign-trail.ts'
import { refuseTooMany } from './count-people.ts'
import { dispatchJob } from './jobs.ts'
import { countSegment, findConnection, readRecipients } from './queries.ts'
import { refreshTemplate } from './refresh-template.ts'
import { hasLicenceInForce } from './rules/may-send.ts'
import { type Carrier, messageFor, readCarrier } from './template-message.ts'
import { findTemplate } from './template-queries.ts'
import { campaignView } from './views.ts'

/** The longest body of a WhatsApp template, in characters (Meta, "Template components"). */
const MAX_RENDERED_LENGTH = 1_024

const create = command({
  name: 'campaign.create',
  input: CreateCampaignInput,
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const now = ctx.now()
    const scheduledAt = input.scheduleAt === undefined ? null : new Date(input.scheduleAt)
    const { approvalId, statement } = await requireProof(ctx, ctx.tx, advisorId, input.contentId)
    refuseUnfit(statement, scheduledAt, now)
    const templateId = input.templateId ?? null
    const templateParameters = input.templateParameters ?? []
    const carrier = await refuseUnready(ctx, advisorId, templateId)
    if (!messageFor(carrier, templateParameters, statement.renderedText)) {
      throw new AppError(
        'invalid_state',
        'The template with these parameters is not the text that was approved, in one line. Every character counts.',
      )
    }
    const { recipientIds, recipientCount } = await addressees(ctx, advisorId, input)
    await refuseTooMany(ctx, advisorId, { recipientIds, segment: input.segment ?? null, at: scheduledAt ?? now })

    const id = ctx.newId()
    const [[row], content] = await Promise.all([
      ctx.tx
        .insert(schema.campaigns)
        .values({
          advisorId,
          id,
          contentId: input.contentId,
          approvalId,
          state: 'scheduled',
          recipientIds,
          segment: input.segment ?? null,
          templateId,
          templateParameters,
          recipientCount,
          scheduledAt,
          createdBy: authorIdOf(ctx),
          createdAt: now,
          updatedAt: now,
        })
        .returning(),
      moveContent(ctx, {
        advisorId,
        contentId: input.contentId,
        versionId: statement.versionId,
        event: 'schedule',
      }),
    ])
    if (!row) throw new Error('an insert returned nothing')
    const options = { groupId: advisorId, ...(scheduledAt === null ? {} : { startAfter: scheduledAt }) }
    return {
      output: campaignView(row, {}),
      audit: campaignTrail(
        row,
        {
          action: 'campaign.created',
          to: 'scheduled',
          versionHash: statement.versionHash,
          ruleSetDigest: statement.ruleSetDigest,
          detail: {
            approvalId,
            recipients: recipientCount,
            segment: input.segment,
            ...(templateId === null ? {} : { templateId }),
            scheduledAt: scheduledAt?.toISOString(),
          },
        },
        content,
      ),
      jobs: [dispatchJob.with({ advisorId, campaignId: id }, options)],
    }
  },
})

/**
 * Sends an approved text to recipients, now or at `scheduleAt`. Who opted out or never consented is left out when the
 * campaign is dispatched, with the reason in the delivery.
 *
 * @throws AppError `no_valid_proof` | `not_found` (content, template or a recipient) | `invalid_state` (wrong channel, text too
 *   long, no licence in force, number or template not ready) | `invalid_input` (a time that has passed) |
 *   `plan_limit_reached`
 */
export const createCampaign = steps({
  name: 'campaign.create',
  input: CreateCampaignInput,
  async run(ctx, input) {
    await refreshTemplate(ctx, advisorIdOf(ctx))
    return create(ctx, input)
  },
})

/** Who is meant, as far as it is known now: a segment is read again when the campaign is dispatched. */
async function addressees(
  ctx: CommandCtx,
  advisorId: string,
  { recipientIds: named, segment }: z.output<typeof CreateCampaignInput>,
): Promise<{ recipientIds: string[]; recipientCount: number }> {
  if ((named === undefined) === (segment === undefined)) {
    throw new AppError('invalid_input', 'Name either recipientIds or a segment.')
  }
  if (segment !== undefined) {
    const recipientCount = await countSegment(ctx.tx, advisorId, segment)
    if (recipientCount === 0) throw new AppError('invalid_state', `Nobody is in the segment ${segment}.`)
    return { recipientIds: [], recipientCount }
  }
  const recipientIds = [...new Set(named)]
  const known = await readRecipients(ctx.tx, advisorId, recipientIds)
  if (known.length < recipientIds.length) throw notFound('recipient')
  return { recipientIds, recipientCount: recipientIds.length }
}

interface Approved {
  channel: string
  renderedText: string
  expiresAt: string
}

function refuseUnfit(statement: Approved, scheduledAt: Date | null, now: Date): void {
  if (statement.channel !== 'whatsapp') {
    throw new AppError(
      'invalid_state',
      `This text was approved for ${statement.channel}. Make a version for WhatsApp and have it approved.`,
    )
  }
  const { length } = statement.renderedText
  if (length > MAX_RENDERED_LENGTH) {
    throw new AppError(
      'invalid_state',
      `With your name and registration the text has ${length} characters; WhatsApp takes ${MAX_RENDERED_LENGTH}. Shorten it and have it approved again.`,
    )
  }
  if (scheduledAt === null) return
  if (scheduledAt <= now) throw new AppError('invalid_input', 'scheduleAt has passed. Leave it out to send at once.')
  if (scheduledAt >= new Date(statement.expiresAt)) {
    throw new AppError('invalid_state', `The approval ends at ${statement.expiresAt}. Choose an earlier time.`)
  }
}

/** @returns the template that is to carry the campaign */
async function refuseUnready(ctx: CommandCtx, advisorId: string, templateId: string | null): Promise<Carrier> {
  const [advisor, connection] = await Promise.all([readAdvisor(ctx.tx, advisorId), findConnection(ctx.tx, advisorId)])
  if (advisor?.status !== 'active') throw new AppError('invalid_state', 'This account is not active. Write to support.')
  if (!hasLicenceInForce(advisor.licences, ctx.now())) {
    throw new AppError('invalid_state', 'None of your licences is verified and in force. Have one verified first.')
  }
  if (connection?.state !== 'connected') {
    throw new AppError('invalid_state', 'Your WhatsApp number is not connected. Connect it first.')
  }
  if (templateId !== null && !(await findTemplate(ctx.tx, advisorId, templateId))) throw notFound('template')
  const carrier = await readCarrier(ctx.tx, advisorId, { templateId }, connection)
  if (carrier.templateStatus !== 'APPROVED') {
    throw new AppError(
      'invalid_state',
      `WhatsApp has not approved the message template (it is ${carrier.templateStatus ?? 'not known'}). Try again when it has.`,
    )
  }
  return carrier
}
