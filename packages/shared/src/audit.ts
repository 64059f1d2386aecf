import { z } from 'zod'
import { Id, line, PageInput, page, Time } from './fields.ts'

export const AuditEventView = z.object({
  sequence: z.string(),
  at: Time,
  action: z.string(),
  actor: z.object({ kind: z.string(), id: Id.nullable(), role: z.string().nullable() }),
  object: z.object({ type: z.string(), id: z.string() }),
  from: z.string().nullable(),
  to: z.string().nullable(),
  outcome: z.enum(['done', 'refused']),
  reason: z.string().nullable(),
  versionHash: z.string().nullable(),
  ruleSetDigest: z.string().nullable(),
  requestId: z.string(),
  detail: z.record(z.string(), z.unknown()).nullable(),
})
export type AuditEventView = z.infer<typeof AuditEventView>
export const AuditPage = page(AuditEventView)
export const AuditListInput = PageInput.extend({ objectId: line(80).optional(), action: line(80).optional() })
export const ObjectAuditInput = PageInput.extend({ id: Id })
