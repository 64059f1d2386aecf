import { type Queries, schema, statement } from '@pramaan/db'
import type { Audience, Channel, ContentStatus, Language } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'

const { contents, contentVersions } = schema

/** The version of a text, as it was written. */
export interface Version {
  id: string
  contentId: string
  number: number
  text: string
  channel: Channel
  audience: Audience
  language: Language | null
  hash: string
  createdBy: string
}

/** A text with its newest version. */
export interface Current extends Version {
  status: ContentStatus
  topic: string | null
  externalId: string | null
  createdAt: Date
  updatedAt: Date
}

/** A version as `Version` describes it. */
export const versionColumns = {
  id: contentVersions.id,
  contentId: contentVersions.contentId,
  number: contentVersions.number,
  text: contentVersions.text,
  channel: contentVersions.channel,
  audience: contentVersions.audience,
  language: contentVersions.language,
  hash: contentVersions.hash,
  createdBy: contentVersions.createdBy,
}

const selectCurrent = statement((queries) =>
  queries
    .select({
      ...versionColumns,
      status: contents.status,
      topic: contents.topic,
      externalId: contents.externalId,
      createdAt: contents.createdAt,
      updatedAt: contents.updatedAt,
    })
    .from(contents)
    .innerJoin(
      contentVersions,
      and(eq(contentVersions.advisorId, contents.advisorId), eq(contentVersions.id, contents.versionId)),
    )
    .where(and(eq(contents.advisorId, sql.placeholder('advisorId')), eq(contents.id, sql.placeholder('contentId'))))
    .prepare('content_current'),
)

/** A text with its newest version; null when the advisor has none of this id. */
export async function readCurrent(queries: Queries, advisorId: string, contentId: string): Promise<Current | null> {
  const [row] = await selectCurrent(queries).execute({ advisorId, contentId })
  return row ?? null
}

const selectVersion = statement((queries) =>
  queries
    .select(versionColumns)
    .from(contentVersions)
    .where(
      and(
        eq(contentVersions.advisorId, sql.placeholder('advisorId')),
        eq(contentVersions.id, sql.placeholder('versionId')),
      ),
    )
    .prepare('content_version'),
)

/** One version, whether or not it is the newest; null when the advisor has none of this id. */
export async function readVersion(queries: Queries, advisorId: string, versionId: string): Promise<Version | null> {
  const [row] = await selectVersion(queries).execute({ advisorId, versionId })
  return row ?? null
}

const selectExists = statement((queries) =>
  queries
    .select({ id: contents.id })
    .from(contents)
    .where(and(eq(contents.advisorId, sql.placeholder('advisorId')), eq(contents.id, sql.placeholder('contentId'))))
    .prepare('content_exists'),
)

/** Whether the advisor has this text. */
export async function contentExists(queries: Queries, advisorId: string, contentId: string): Promise<boolean> {
  return (await selectExists(queries).execute({ advisorId, contentId })).length > 0
}

/** A version row, as placeholders. */
export const versionValues = {
  advisorId: sql.placeholder('advisorId'),
  id: sql.placeholder('versionId'),
  contentId: sql.placeholder('contentId'),
  number: sql.placeholder('number'),
  text: sql.placeholder('text'),
  channel: sql.placeholder('channel'),
  audience: sql.placeholder('audience'),
  language: sql.placeholder('language'),
  hash: sql.placeholder('hash'),
  createdBy: sql.placeholder('createdBy'),
  createdAt: sql.placeholder('now'),
}

export const insertVersion = statement((queries) =>
  queries.insert(contentVersions).values(versionValues).prepare('content_version_insert'),
)
