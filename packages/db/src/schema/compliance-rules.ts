import { type FirmRules, Severity } from '@pramaan/shared'
import { check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { advisorId, createdAt, oneOf } from './columns.ts'

/** The rules that a firm adds for itself, version by version; the newest is in force. Append-only, so that a verdict can be replayed. */
export const firmRuleSets = pgTable(
  'firm_rule_sets',
  {
    advisorId: advisorId(),
    version: integer().notNull(),
    /** SHA-256 in hex over the RFC 8785 form of `rules`. */
    digest: text().notNull(),
    rules: jsonb().$type<FirmRules>().notNull(),
    setBy: uuid().notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.advisorId, t.version] })],
)

/** That a pending rule would have found something in the text of a verdict. Append-only, and no part of the verdict. */
export const shadowFindings = pgTable(
  'shadow_findings',
  {
    advisorId: advisorId(),
    verdictId: uuid().notNull(),
    ruleId: text().notNull(),
    severity: text().notNull().$type<Severity>(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.verdictId, t.ruleId] }),
    index('shadow_findings_created_idx').on(t.createdAt, t.ruleId),
    check('shadow_findings_severity', oneOf('severity', Severity.options)),
  ],
)
