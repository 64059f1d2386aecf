import type { schema } from '@pramaan/db'
import type { VerdictPage } from '@pramaan/shared'
import type { z } from 'zod'

type StoredVerdict = z.infer<typeof VerdictPage>['items'][number]

/** A verdict as its advisor sees it. */
export const verdictView = (row: typeof schema.verdicts.$inferSelect): StoredVerdict => ({
  id: row.id,
  versionId: row.versionId,
  outcome: row.outcome,
  score: row.score,
  findings: row.findings,
  obligations: row.obligations,
  ruleSet: { version: row.ruleSetVersion, digest: row.ruleSetDigest },
  engine: { version: row.engineVersion },
  stages: row.stages,
  ai: { status: row.aiStatus },
  rendered: { text: row.renderedText },
  checkedAt: row.createdAt.toISOString(),
})
