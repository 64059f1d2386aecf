import { schema } from '@pramaan/db'
import { ContentIdInput, type SuggestionsView } from '@pramaan/shared'
import { and, desc, eq } from 'drizzle-orm'
import type { z } from 'zod'
import { contentExists } from '../content/index.ts'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'

/** An author answers few proposals about one text; older ones stand in its trail. */
const SHOWN = 50

const { reviewSuggestions: suggestions } = schema

/** What officers proposed for a text, newest first. @throws AppError `not_found` */
export const listSuggestions = query({
  name: 'suggestion.list',
  input: ContentIdInput,
  async run(ctx, { id }): Promise<z.infer<typeof SuggestionsView>> {
    const advisorId = advisorIdOf(ctx)
    const rows = await ctx.db.read
      .select()
      .from(suggestions)
      .where(and(eq(suggestions.advisorId, advisorId), eq(suggestions.contentId, id)))
      .orderBy(desc(suggestions.id))
      .limit(SHOWN)
    if (rows.length === 0 && !(await contentExists(ctx.db.read, advisorId, id))) throw notFound('text')
    return {
      items: rows.map(({ content, createdAt, id: suggestionId, note, state }) => ({
        id: suggestionId,
        content,
        note,
        state,
        createdAt: createdAt.toISOString(),
      })),
    }
  },
})
