import { schema } from '@pramaan/db'
import { ShareContentInput } from '@pramaan/shared'
import { requireProof } from '../compliance/index.ts'
import { readAdvisor } from '../identity/index.ts'
import { advisorIdOf, authorIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { hasLicenceInForce } from './rules/may-send.ts'

/** The longest address that WhatsApp's apps open reliably. */
const MAX_LINK_LENGTH = 8_000

/**
 * An approved text as its recipients are to read it, with registration and warnings, for whoever sends it by hand: to
 * copy, and for WhatsApp as a link that opens a chat with it. What was handed out is recorded with the proof that covers
 * it; whether it was sent unchanged nobody can know but the person.
 *
 * @throws AppError `no_valid_proof`, `not_found`, `invalid_state` without an active account and a licence in force
 */
export const shareContent = command({
  name: 'content.share',
  input: ShareContentInput,
  async run(ctx, { contentId, phone }) {
    const advisorId = advisorIdOf(ctx)
    const { approvalId, statement } = await requireProof(ctx, ctx.tx, advisorId, contentId)
    const advisor = await readAdvisor(ctx.tx, advisorId)
    if (advisor?.status !== 'active' || !hasLicenceInForce(advisor.licences, ctx.now())) {
      throw new AppError(
        'invalid_state',
        'Sharing needs an active account and a licence that is verified and in force.',
      )
    }
    const id = ctx.newId()
    const { versionHash, renderedText, channel, expiresAt } = statement
    await ctx.tx.insert(schema.shares).values({
      advisorId,
      id,
      contentId,
      approvalId,
      versionHash,
      sharedBy: authorIdOf(ctx),
      createdAt: ctx.now(),
    })
    const link = channel === 'whatsapp' ? chatLink(renderedText, phone) : null
    return {
      output: { id, state: 'shared' as const, contentId, approvalId, versionHash, text: renderedText, link, expiresAt },
      audit: {
        action: 'content.shared',
        objectType: 'content',
        objectId: contentId,
        versionHash,
        detail: { shareId: id, approvalId, byLink: link !== null },
      },
    }
  },
})

/** A click-to-chat link (WhatsApp, "How to use click to chat"); null for a text that is too long for one. */
function chatLink(text: string, phone: string | undefined): string | null {
  const link = `https://wa.me/${phone?.slice(1) ?? ''}?text=${encodeURIComponent(text)}`
  return link.length > MAX_LINK_LENGTH ? null : link
}
