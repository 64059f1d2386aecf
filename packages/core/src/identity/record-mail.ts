import { z } from 'zod'
import { command } from '../platform/use-case.ts'

/** Writes down that a mail went out, that the mail server refused it for good, or that the person's hour was full. */
export const recordMail = command({
  name: 'mail.record',
  input: z.strictObject({
    userId: z.uuid(),
    advisorId: z.uuid().nullable(),
    kind: z.string(),
    mailId: z.uuid(),
    /** The mail server's code where it refused the mail for good, 0 where it gave none. */
    refusedWith: z.int().nullable(),
    withheld: z.boolean().default(false),
    /** What the mail went to, where that is no user yet; `userId` is its id then. */
    recipient: z.enum(['user', 'invitation']).default('user'),
  }),
  async run(_, { userId, advisorId, kind, mailId, recipient, refusedWith, withheld }) {
    const wasSent = refusedWith === null && !withheld
    return {
      output: null,
      audit: {
        action: withheld ? 'mail.withheld' : wasSent ? 'mail.sent' : 'mail.refused',
        objectType: recipient,
        objectId: userId,
        ...(advisorId ? { advisorId } : {}),
        outcome: wasSent ? 'done' : 'refused',
        detail: { kind, mailId, ...(refusedWith === null ? {} : { code: refusedWith }) },
      },
    }
  },
})
