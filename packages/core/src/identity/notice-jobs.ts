import { z } from 'zod'
import { defineJob } from '../platform/queue.ts'
import { NOTICE_TOPICS } from './rules/notification.ts'

const notice = {
  topic: z.enum(NOTICE_TOPICS),
  advisorId: z.uuid(),
  /** The text or the licence that it is about; the advisor itself otherwise. */
  objectId: z.uuid(),
}

/**
 * Something that people of a firm are to hear: its owners, and `userId` where somebody caused it. Who wants it is found
 * out when the job runs, so that the step that causes a notice pays one row for it and no look-up.
 */
export const noticeJob = defineJob('identity.send-mail', {
  kind: z.literal('notice'),
  noticeId: z.uuid(),
  ...notice,
  userId: z.uuid().optional(),
})

/** One mail of a notice, to one person. */
export const noticeMailJob = defineJob('identity.send-mail', {
  kind: z.literal('notice_mail'),
  ...notice,
  userId: z.uuid(),
  mailId: z.uuid(),
})

/** The mail of an invitation. The token is made out of the mail's id, here as in every mail: no queue holds one. */
export const invitationJob = defineJob('identity.send-mail', {
  kind: z.literal('invitation'),
  advisorId: z.uuid(),
  invitationId: z.uuid(),
  mailId: z.uuid(),
})

const Kind = z.object({ kind: z.enum(['notice', 'notice_mail', 'invitation']) })

/** Whether a job of the mail queue is one of these. */
export const isNotice = (payload: unknown): boolean => Kind.safeParse(payload).success
