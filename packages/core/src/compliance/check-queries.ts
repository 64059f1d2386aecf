import { type Queries, schema, statement } from '@pramaan/db'
import { and, eq, sql } from 'drizzle-orm'

const { complianceChecks } = schema

export type Check = typeof complianceChecks.$inferSelect

const thisCheck = and(
  eq(complianceChecks.advisorId, sql.placeholder('advisorId')),
  eq(complianceChecks.id, sql.placeholder('checkId')),
)

/** Makes the check at its first stage; a second run of the job finds it there. */
export const insertCheck = statement((queries) =>
  queries
    .insert(complianceChecks)
    .values({
      advisorId: sql.placeholder('advisorId'),
      id: sql.placeholder('checkId'),
      contentId: sql.placeholder('contentId'),
      versionId: sql.placeholder('versionId'),
      createdAt: sql.placeholder('now'),
      updatedAt: sql.placeholder('now'),
    })
    .onConflictDoNothing()
    .prepare('check_insert'),
)

const selectCheck = statement((queries) =>
  queries.select().from(complianceChecks).where(thisCheck).prepare('check_by_id'),
)

export async function readCheck(queries: Queries, advisorId: string, checkId: string): Promise<Check | null> {
  const [row] = await selectCheck(queries).execute({ advisorId, checkId })
  return row ?? null
}

/** Adds what a stage found, once: of two runs of one stage, the second updates no row. */
export const completeStage = statement((queries) =>
  queries
    .update(complianceChecks)
    .set({
      state: sql`${sql.placeholder('state')}`,
      stagesDone: sql`${sql.placeholder('stage')}::integer`,
      ruleSetDigest: sql`${sql.placeholder('digest')}`,
      findings: sql`${complianceChecks.findings} || ${sql.placeholder('findings')}::jsonb`,
      stages: sql`${complianceChecks.stages} || ${sql.placeholder('report')}::jsonb`,
      updatedAt: sql`${sql.placeholder('now')}::timestamptz`,
    })
    .where(
      and(
        thisCheck,
        eq(complianceChecks.state, 'running'),
        sql`${complianceChecks.stagesDone} = ${sql.placeholder('stage')}::integer - 1`,
      ),
    )
    .returning({ id: complianceChecks.id })
    .prepare('check_complete_stage'),
)

/** Ends a check that decides nothing any more. */
export const abandonCheck = statement((queries) =>
  queries
    .update(complianceChecks)
    .set({ state: sql`'abandoned'`, updatedAt: sql`${sql.placeholder('now')}::timestamptz` })
    .where(and(thisCheck, eq(complianceChecks.state, 'running')))
    .returning({ id: complianceChecks.id })
    .prepare('check_abandon'),
)
