import { z } from 'zod'
import { Day } from './fields.ts'

/**
 * What happens to messages and texts, once for each of them: the message was taken by WhatsApp, delivered, read, answered,
 * followed by a stop, failed, priced; the text was judged, found clean or sent back, approved, rejected, or a rule found
 * something in it.
 */
export const AnalyticsKind = z.enum([
  'message.sent',
  'message.delivered',
  'message.read',
  'message.replied',
  'message.opted_out',
  'message.failed',
  'message.priced',
  'text.judged',
  'text.clean',
  'text.sent_back',
  'text.found',
  'text.approved',
  'text.rejected',
])
export type AnalyticsKind = z.infer<typeof AnalyticsKind>

export const AnalyticsReport = z.enum(['overview', 'engagement', 'trends', 'compliance'])
export type AnalyticsReport = z.infer<typeof AnalyticsReport>

export const ExportFormat = z.enum(['csv', 'json'])
export type ExportFormat = z.infer<typeof ExportFormat>

export const ExportState = z.enum(['waiting', 'ready'])
export type ExportState = z.infer<typeof ExportState>

/** Days in India, both included. */
export const RecountInput = z.strictObject({ from: Day, to: Day })
