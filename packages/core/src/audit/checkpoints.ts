import { type Queries, schema } from '@pramaan/db'
import type { CheckpointView } from '@pramaan/shared'
import { desc, eq, type SQL, sql } from 'drizzle-orm'

/** Checkpoints with the lines of their witnesses, newest first. */
export async function readCheckpoints(
  queries: Queries,
  options: { where?: SQL | undefined; limit: number },
): Promise<CheckpointView[]> {
  const { auditCheckpoints, auditHeads, auditCosignatures } = schema
  const lines = sql<{ witness: string; line: string }[]>`(
    select coalesce(jsonb_agg(jsonb_build_object('witness', c.witness, 'line', c.line) order by c.witness), '[]')
    from ${auditCosignatures} c where c.size = ${auditCheckpoints.size})`
  const rows = await queries
    .select({
      size: auditCheckpoints.size,
      note: auditCheckpoints.note,
      signedAt: auditCheckpoints.signedAt,
      root: auditHeads.root,
      lines,
    })
    .from(auditCheckpoints)
    .innerJoin(auditHeads, eq(auditHeads.size, auditCheckpoints.size))
    .where(options.where)
    .orderBy(desc(auditCheckpoints.size))
    .limit(options.limit)
  return rows.map(({ size, note, signedAt, root, lines }) => ({
    size,
    root: root.toString('base64'),
    signedAt: signedAt.toISOString(),
    note: note + lines.map(({ line }) => `${line}\n`).join(''),
    witnesses: lines.map(({ witness }) => witness),
  }))
}
