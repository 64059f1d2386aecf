import { noticeJob } from '../identity/index.ts'
import type { Ctx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'

/**
 * Tells the author of a text and the owners of the firm what was decided about it. An approval by policy is not told:
 * it comes within seconds, while the author still looks at the text.
 */
export const contentNotice = (
  ctx: Pick<Ctx, 'newId'>,
  topic: 'content_sent_back' | 'content_suggested' | 'content_approved' | 'content_rejected',
  text: { advisorId: string; contentId: string; authorId: string },
): Job =>
  noticeJob.with({
    kind: 'notice',
    noticeId: ctx.newId(),
    topic,
    advisorId: text.advisorId,
    objectId: text.contentId,
    userId: text.authorId,
  })
