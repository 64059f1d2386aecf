import type { schema } from '@pramaan/db'
import type { AiConcern, VerdictPage } from '@pramaan/shared'
import type { z } from 'zod'
import { aiView } from './model-use.ts'

type StoredVerdict = z.infer<typeof VerdictPage>['items'][number]

interface VerdictRow {
  verdict: typeof schema.verdicts.$inferSelect
  /** Those of the model beside it; null where none was asked. */
  concerns: AiConcern[] | null
}

/** A verdict as its advisor sees it. */
export const verdictView = ({ verdict: row, concerns }: VerdictRow): StoredVerdict => ({
  id: row.id,
  versionId: row.versionId,
  outcome: row.outcome,
  score: row.score,
  findings: row.findings,
  obligations: row.obligations,
  ruleSet: { version: row.ruleSetVersion, digest: row.ruleSetDigest },
  engine: { version: row.engineVersion },
  stages: row.stages,
  ai: aiView(row.aiStatus, concerns),
  rendered: { text: row.renderedText },
  checkedAt: row.createdAt.toISOString(),
})
