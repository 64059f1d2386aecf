import { schema } from '@pramaan/db'
import { InvitationTokenInput } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { invitationPlace, requireInvitation } from './invitation.ts'

const { advisors } = schema

/** What the holder of a link is asked to join. Looking spends nothing: mail scanners open links. @throws AppError `invalid_token` */
export const readInvitation = query({
  name: 'invitation.read',
  input: InvitationTokenInput,
  async run(ctx, { token }) {
    const { advisorId, id, email, role } = await requireInvitation(ctx, token)
    const [[advisor], address] = await Promise.all([
      ctx.db.read.select({ displayName: advisors.displayName }).from(advisors).where(eq(advisors.id, advisorId)),
      ctx.keys.open(ctx.db.read, advisorId, invitationPlace(id), email),
    ])
    if (!advisor) throw notFound('advisor')
    return { displayName: advisor.displayName, email: address, role }
  },
})
