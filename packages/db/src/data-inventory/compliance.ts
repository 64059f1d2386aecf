import { ACCOUNT, FIRM, INSPECTOR, LAW, type TableEntry } from './table-entry.ts'

export const COMPLIANCE_TABLES: Record<string, TableEntry> = {
  ai_allowances: {
    purpose: 'how often a model was asked for a firm on a day, and when it is asked again',
    retention: ACCOUNT,
    readers: 'the compliance engine',
    record: 'advisor_id day calls input_tokens output_tokens failures paused_until',
  },
  ai_uses: {
    purpose: 'that a model was asked about a text, and what it raised',
    retention: LAW,
    readers: `${FIRM}, reviewers, ${INSPECTOR}`,
    business: 'concerns',
    record:
      'advisor_id id check_id content_id version_id version_hash rule_set_digest provider model prompt_version prompt_digest output_digest source outcome reason input_tokens output_tokens took_ms created_at',
  },
  approvals: {
    purpose: 'proof of what was approved for sending',
    retention: LAW,
    readers: `${FIRM}, ${INSPECTOR}`,
    pseudonym: 'approver_id',
    business: 'statement',
    record: 'advisor_id id content_id version_id verdict_id approved_via key_id signature expires_at created_at',
  },
  compliance_checks: {
    purpose: 'how far the check of a text came',
    retention: LAW,
    readers: 'the compliance engine',
    business: 'findings',
    record: 'advisor_id id content_id version_id state stages_done rule_set_digest stages created_at updated_at',
  },
  compliance_standings: {
    purpose: 'the moving score of a firm',
    retention: ACCOUNT,
    readers: FIRM,
    record: 'advisor_id score verdict_count updated_at',
  },
  finding_overrides: {
    purpose: 'findings that an officer set aside, and why',
    retention: LAW,
    readers: `${FIRM}, reviewers`,
    pseudonym: 'officer_id',
    business: 'reason',
    record: 'advisor_id review_id finding valid_until created_at',
  },
  live_approvals: {
    purpose: 'the approval that covers a text now',
    retention: 'until it lapses',
    readers: 'the dispatcher; the sweeps',
    pseudonym: 'author_id',
    business: 'licences',
    record: 'advisor_id content_id version_id approval_id rule_set_digest expires_at warned_at',
  },
  review_suggestions: {
    purpose: 'words that a reviewer proposed for a text',
    retention: LAW,
    readers: `${FIRM}, reviewers`,
    pseudonym: 'suggested_by',
    business: 'content note',
    record: 'advisor_id id review_id content_id state created_at updated_at',
  },
  reviews: {
    purpose: 'texts on which a person decides',
    retention: LAW,
    readers: 'reviewers',
    pseudonym: 'author_id claimed_by endorsed_by',
    business: 'note',
    record:
      'advisor_id id content_id version_id verdict_id kind path score state claimed_until due_at escalated_at created_at updated_at',
  },
  rule_flips: {
    purpose: 'texts on which a candidate rule set decides otherwise',
    retention: LAW,
    readers: 'administrators',
    record: 'advisor_id impact_id content_id version_id status direction from_outcome to_outcome rules_gone rules_new',
  },
  rule_impacts: {
    purpose: 'what a candidate rule set would change',
    retention: LAW,
    readers: 'administrators',
    pseudonym: 'requested_by proposed_by activated_by',
    record: 'id digest base_digest state after judged stricter looser failed created_at finished_at activated_at',
  },
  rule_packs: {
    purpose: 'every rule set that anything was judged by',
    retention: LAW,
    readers: 'everybody who replays a verdict',
    business: 'pack',
    record: 'digest version created_at',
  },
  verdicts: {
    purpose: 'what the engine found in a text',
    retention: LAW,
    readers: `${FIRM}, reviewers, ${INSPECTOR}`,
    business: 'findings rendered_text input',
    record:
      'advisor_id id check_id content_id version_id outcome score obligations rule_set_version rule_set_digest engine_version stages input_hash ai_status created_at',
  },
  warning_translations: {
    purpose: "a firm's words for a prescribed warning in another language",
    retention: LAW,
    readers: `${FIRM}, reviewers`,
    pseudonym: 'proposed_by decided_by',
    business: 'text note',
    record: 'advisor_id id warning language state created_at decided_at',
  },
}
