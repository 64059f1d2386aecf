import { ContentIdInput, type ContentView } from '@pramaan/shared'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { member } from '../platform/permissions.ts'
import { query } from '../platform/use-case.ts'
import { readCurrent } from './queries.ts'

/** One text with its newest version. @throws AppError `not_found` */
export const getContent = query({
  name: 'content.get',
  input: ContentIdInput,
  allow: member(),
  inspectedAs: 'content',
  async run(ctx, input): Promise<ContentView> {
    const row = await readCurrent(ctx.db.read, advisorIdOf(ctx), input.id)
    if (!row) throw notFound('text')
    return {
      contentId: row.contentId,
      versionId: row.id,
      versionNumber: row.number,
      status: row.status,
      topic: row.topic,
      externalId: row.externalId,
      content: row.text,
      channel: row.channel,
      audience: row.audience,
      language: row.language,
      hash: row.hash,
      createdAt: row.createdAt.toISOString(),
      updatedAt: row.updatedAt.toISOString(),
    }
  },
})
