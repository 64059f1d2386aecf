import { type Queries, schema, statement } from '@pramaan/db'
import type { NotificationChoices } from '@pramaan/shared'
import { eq, sql } from 'drizzle-orm'
import { ALL_WANTED } from './rules/notification.ts'

const { notificationSettings } = schema

const selectChoices = statement((queries) =>
  queries
    .select({
      contentSentBack: notificationSettings.contentSentBack,
      contentDecided: notificationSettings.contentDecided,
      licenceLapsing: notificationSettings.licenceLapsing,
    })
    .from(notificationSettings)
    .where(eq(notificationSettings.userId, sql.placeholder('userId')))
    .prepare('identity_notification_choices'),
)

/** What a person chose; everything where they never did. */
export async function readChoices(queries: Queries, userId: string): Promise<NotificationChoices> {
  const [row] = await selectChoices(queries).execute({ userId })
  return row ?? ALL_WANTED
}

/** Writes some or all choices of a person; the others stay as they are. */
export function writeChoices(queries: Queries, userId: string, choices: Partial<NotificationChoices>) {
  return queries
    .insert(notificationSettings)
    .values({ userId, ...choices })
    .onConflictDoUpdate({ target: notificationSettings.userId, set: choices })
    .execute()
}
