import { ACCOUNT, FIRM, type TableEntry } from './table-entry.ts'

/** Counts that name nobody: they stay when a person is erased. */
const COUNTS = 'as long as the firm, whoever of its people is erased'

export const ANALYTICS_TABLES: Record<string, TableEntry> = {
  analytics_cursor: {
    purpose: 'how far the log was read for facts to count',
    retention: 'one row, for good',
    readers: 'the worker',
    record: 'id next_leaf counted_at',
  },
  analytics_days: {
    purpose: 'verdicts of all firms on a day',
    retention: 'for good',
    readers: 'administrators',
    record: 'day judged',
  },
  analytics_events: {
    purpose: 'what happened to messages and texts, to be counted',
    retention: 'months older than 27 are detached',
    readers: FIRM,
    record:
      'advisor_id object_id kind rule occurred_at day hour content_id campaign_id message_id language template family value',
  },
  analytics_exports: {
    purpose: 'reports that somebody of the firm wanted as a file',
    retention: `a week; ${ACCOUNT}`,
    readers: FIRM,
    pseudonym: 'requested_by',
    record: 'advisor_id id report format from_day to_day state body created_at',
  },
  analytics_findings: {
    purpose: 'how often a rule found something in texts of a day, and how often officers set that aside',
    retention: COUNTS,
    readers: FIRM,
    record: 'advisor_id day rule_id content_id family verdicts set_aside',
  },
  analytics_messages: {
    purpose: 'messages by campaign and hour, and what became of them',
    retention: COUNTS,
    readers: FIRM,
    record:
      'advisor_id day hour campaign_id content_id language template sent delivered read replied opted_out failed priced cost_millipaise',
  },
  analytics_rules: {
    purpose: 'how often a rule found something in texts of all firms on a day, and how often officers set that aside',
    retention: 'for good',
    readers: 'administrators',
    record: 'day rule_id family verdicts set_aside',
  },
  analytics_texts: {
    purpose: 'what was decided about texts on a day',
    retention: COUNTS,
    readers: FIRM,
    record: 'advisor_id day content_id judged clean sent_back rejected approved scores approval_seconds',
  },
  churn_models: {
    purpose: 'weights by which it is foretold which firms leave',
    retention: 'for good',
    readers: 'administrators',
    record: 'id features model quality learnt_at',
  },
  churn_snapshots: {
    purpose: 'counts of what a paying firm does in a week, to foretell which firms leave',
    retention: 'two years',
    readers: 'administrators',
    record: 'advisor_id week observation announced observed_at',
  },
}
