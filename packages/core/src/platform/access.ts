import type { InspectionScope, MemberRole, Scope, UserRole } from '@pramaan/shared'
import type { Ctx } from './context.ts'

export type StaffRole = Exclude<UserRole, 'advisor'>

/** Who may run a use case. What a line does not name is refused. */
export interface Access {
  /** Anybody, signed in or not. */
  readonly strangers?: true
  /** Every person who is signed in, whatever their role. */
  readonly people?: true
  readonly staff?: readonly StaffRole[]
  /** The people of a firm, each for their own. */
  readonly firm?: readonly MemberRole[]
  /** What an API key of the firm needs; without it no key may. */
  readonly scope?: Scope
  /** The scope under which an inspector with a grant may read this; without it, it stays closed to inspections. */
  readonly inspection?: InspectionScope
  /** It shows personal data in clear: each read is committed to the audit log before it is answered. */
  readonly personal?: true
  /**
   * It gives rights, money or records away, or decides what passes: nobody does so while the audit log is not sealed. What
   * takes rights away, and the rights of people, stay open.
   */
  readonly privileged?: true
  /** Jobs and start-up. */
  readonly system?: true
  /**
   * It sees the rows of all firms, because whoever runs it belongs to none, or because it begins by finding out which firm
   * is meant. Everything else sees those of the caller's firm, a job those of the firm that its payload names.
   */
  readonly across?: true
}

const STRANGERS = { strangers: true, across: true } as const
const PEOPLE = { people: true } as const
const FIRM = { firm: ['owner', 'member'] } as const
const OWNER = { firm: ['owner'] } as const
const PRIVILEGED = { privileged: true } as const
const REVIEWER = { staff: ['reviewer'], across: true } as const
const ADMIN = { staff: ['admin'], across: true } as const
/** For the firm that the payload names. */
const JOB = { system: true } as const
const UPKEEP = { system: true, across: true } as const

/**
 * Who may run what: the one place where this is decided, read by `command()`, `query()` and `steps()` through the name of
 * the use case, and by the access matrix of apps/api. A use case without a line here does not compile. Objects of other
 * firms are no matter of this table: every use case of a firm looks at its own rows only.
 */
export const ACCESS = {
  'advisor.register': STRANGERS,
  'email.verify': STRANGERS,
  'email_verification.request': STRANGERS,
  'session.start': STRANGERS,
  'password_reset.request': STRANGERS,
  'password.reset': STRANGERS,
  'email.confirm_change': STRANGERS,
  'session.refresh': STRANGERS,
  'sign_in.refuse': STRANGERS,
  'invitation.read': STRANGERS,
  'invitation.accept': STRANGERS,
  'notifications.unsubscribe': STRANGERS,
  'billing.list_plans': STRANGERS,
  'notifications.get': PEOPLE,
  'notifications.set': PEOPLE,
  'session.end': PEOPLE,
  'session.step_up': PEOPLE,
  'credentials.refuse': PEOPLE,
  'password.change': PEOPLE,
  'email.change': PEOPLE,
  'totp.enroll': PEOPLE,
  'totp.confirm': PEOPLE,
  'totp.disable': PEOPLE,
  'session.list': PEOPLE,
  'person.correct': PEOPLE,
  'privacy.consents': PEOPLE,
  'privacy.record_consent': PEOPLE,
  'privacy.export': { ...PEOPLE, personal: true },
  'privacy.nominate': PEOPLE,
  'grievance.raise': PEOPLE,
  'grievance.list': PEOPLE,
  'sessions.end': PEOPLE,

  'advisor.profile': { ...FIRM, scope: 'profile:read' },
  'advisor.update': OWNER,
  'advisor.preferences': { ...FIRM, scope: 'profile:read' },
  'advisor.set_preferences': OWNER,
  'advisor.onboarding': FIRM,
  'licence.list': FIRM,
  'licence.claim': OWNER,
  'licence.submit_evidence': OWNER,
  'invitation.list': FIRM,
  'invitation.resend': OWNER,
  'invitation.cancel': OWNER,
  'member.list': { ...FIRM, personal: true },
  'member.invite': { ...OWNER, ...PRIVILEGED },
  'member.set_role': { ...OWNER, ...PRIVILEGED },
  'member.remove': OWNER,
  'api_key.list': OWNER,
  'api_key.create': { ...OWNER, ...PRIVILEGED },
  'api_key.rotate': { ...OWNER, ...PRIVILEGED },
  'api_key.revoke': OWNER,

  'content.create': { ...FIRM, scope: 'content:write' },
  'content.revise': { ...FIRM, scope: 'content:write' },
  'content.submit': { ...FIRM, scope: 'content:write' },
  'content.withdraw': { ...FIRM, scope: 'content:write' },
  'content.get': { ...FIRM, scope: 'content:read', inspection: 'content' },
  'content.list': { ...FIRM, scope: 'content:read', inspection: 'content' },
  'content.list_versions': { ...FIRM, scope: 'content:read', inspection: 'content' },
  'verdict.list': { ...FIRM, scope: 'content:read', inspection: 'verdicts' },
  'approval.get': { ...FIRM, scope: 'content:read', inspection: 'approvals' },
  'ai_use.list': { ...FIRM, scope: 'audit:read', inspection: 'audit' },
  'firm_rules.get': { ...FIRM, scope: 'profile:read', inspection: 'verdicts' },
  'firm_rules.set': OWNER,
  'compliance.get_profile': { ...FIRM, scope: 'profile:read', inspection: 'verdicts' },
  'verdict.replay': { ...FIRM, staff: ['admin', 'reviewer'], inspection: 'verdicts' },
  'compliance.check': { ...PEOPLE, scope: 'compliance:check' },

  'content.appeal': FIRM,
  'suggestion.list': { ...FIRM, scope: 'content:read' },
  'suggestion.accept': FIRM,
  'suggestion.decline': FIRM,
  'translation.propose': OWNER,
  'translation.list': FIRM,
  'translation.list_proposed': REVIEWER,
  'translation.approve': { ...REVIEWER, ...PRIVILEGED },
  'translation.refuse': REVIEWER,

  'review.list': REVIEWER,
  'review.list_rewrites': REVIEWER,
  'review.claim': REVIEWER,
  'review.release': REVIEWER,
  'review.approve': { ...REVIEWER, ...PRIVILEGED },
  'review.reject': REVIEWER,
  'review.suggest': REVIEWER,
  'review.override': { ...REVIEWER, ...PRIVILEGED },

  'whatsapp.connect': OWNER,
  'whatsapp.record_step': OWNER,
  'whatsapp.fail_connecting': OWNER,
  'whatsapp.get_connection': { ...FIRM, scope: 'campaigns:read' },
  'whatsapp.disconnect': OWNER,
  'whatsapp.set_quiet_hours': OWNER,
  'whatsapp_template.list': { ...FIRM, scope: 'campaigns:read' },
  'whatsapp_template.create': OWNER,
  'whatsapp_template.edit': OWNER,
  'whatsapp_template.delete': OWNER,
  'whatsapp_template.sync': OWNER,
  'whatsapp_template.record': OWNER,
  'recipient.add': { ...FIRM, scope: 'recipients:write' },
  'recipient.opt_out': { ...FIRM, scope: 'recipients:write' },
  'recipient.list': { ...FIRM, scope: 'recipients:read', personal: true },
  'recipient.import': { ...FIRM, scope: 'recipients:write' },
  'recipient.import_batch': { ...FIRM, scope: 'recipients:write' },
  'recipient.list_csv': { ...FIRM, scope: 'recipients:read', personal: true },
  'recipient.set_segments': { ...FIRM, scope: 'recipients:write' },
  'campaign.create': { ...FIRM, scope: 'campaigns:write' },
  'webhook_endpoint.add': OWNER,
  'webhook_endpoint.list': OWNER,
  'webhook_endpoint.remove': OWNER,
  'webhook_endpoint.replay': OWNER,
  'content.share': { ...FIRM, scope: 'campaigns:write' },
  'reply.list': { ...FIRM, scope: 'recipients:read', personal: true },
  'campaign.get_preview': { ...FIRM, scope: 'campaigns:read' },
  'campaign.pause': { ...FIRM, scope: 'campaigns:write' },
  'campaign.resume': { ...FIRM, scope: 'campaigns:write' },
  'campaign.list_recall': { ...FIRM, scope: 'recipients:read' },
  'campaign.cancel': { ...FIRM, scope: 'campaigns:write' },
  'campaign.get': { ...FIRM, scope: 'campaigns:read', inspection: 'deliveries' },
  'campaign.list_deliveries': { ...FIRM, scope: 'campaigns:read', inspection: 'deliveries' },

  'analytics.get_overview': { ...FIRM, scope: 'campaigns:read' },
  'analytics.get_engagement': { ...FIRM, scope: 'campaigns:read' },
  'analytics.get_trends': { ...FIRM, scope: 'campaigns:read' },
  'analytics.get_compliance': { ...FIRM, scope: 'content:read' },
  'analytics.list_facts': { ...FIRM, scope: 'campaigns:read' },
  'analytics.request_export': FIRM,
  'analytics.get_export': FIRM,

  'billing.get_subscription': FIRM,
  'billing.get_details': FIRM,
  'billing.list_invoices': FIRM,
  'billing.get_invoice': FIRM,
  'billing.get_invoice_pdf': FIRM,
  'billing.set_details': OWNER,
  'billing.subscribe': OWNER,
  'subscription.open': OWNER,
  'billing.confirm': OWNER,
  'subscription.record_checkout': OWNER,
  'billing.preview_change': OWNER,
  'billing.change': OWNER,
  'billing.cancel': OWNER,
  'subscription.decide_end': OWNER,
  'billing.pause': OWNER,
  'billing.resume': OWNER,
  'subscription.record_wish': OWNER,

  'audit.list': { ...FIRM, scope: 'audit:read', inspection: 'audit' },
  'audit.list_checkpoints': {
    ...FIRM,
    scope: 'audit:read',
    inspection: 'audit',
  },
  'audit.prove_consistency': {
    ...FIRM,
    scope: 'audit:read',
    inspection: 'audit',
  },
  'audit.get_receipt': { ...FIRM, scope: 'audit:read', inspection: 'audit' },
  'audit.prove_event': { ...FIRM, scope: 'audit:read', inspection: 'audit' },
  'audit.list_object': { ...FIRM, scope: 'audit:read', inspection: 'audit' },

  'audit.request_pack': { ...OWNER, inspection: 'audit' },
  'audit.open_pack': { ...OWNER, ...PRIVILEGED, inspection: 'audit', system: true },
  'audit.list_packs': { ...OWNER, inspection: 'audit' },
  'audit.get_pack': { ...OWNER, inspection: 'audit', system: true },
  'audit.download_pack': { ...OWNER, inspection: 'audit', system: true, personal: true },

  'privacy.export_firm': OWNER,
  'privacy.erase': FIRM,
  'privacy.erase_recipient': FIRM,
  'privacy.list_erasures': FIRM,
  'legal_hold.place': ADMIN,
  'legal_hold.release': { ...ADMIN, ...PRIVILEGED },
  'grievance.list_open': { ...ADMIN, personal: true },
  'grievance.answer': ADMIN,
  'breach.record': ADMIN,
  'breach.report': ADMIN,
  'breach.list': ADMIN,

  'admin.list_advisors': ADMIN,
  'admin.list_licences': ADMIN,
  'advisor.suspend': ADMIN,
  'advisor.restore': { ...ADMIN, ...PRIVILEGED },
  'licence.open_evidence': { ...ADMIN, ...PRIVILEGED },
  'licence_register.import': { ...ADMIN, ...PRIVILEGED },
  'inspection.grant': { ...ADMIN, ...PRIVILEGED },
  'inspection.revoke': ADMIN,
  'inspection.list_grants': { staff: ['admin', 'inspector'], across: true },
  'inspection.open': { staff: ['inspector'] },
  'staff.invite': { ...ADMIN, ...PRIVILEGED, system: true },
  'staff.list': ADMIN,
  'staff.suspend': ADMIN,
  'licence.verify': { ...ADMIN, ...PRIVILEGED },
  'licence.refuse': ADMIN,
  'billing.list_ledger': ADMIN,
  'billing.list_parked_events': ADMIN,
  'billing.redrive_event': ADMIN,
  'billing.find_mismatches': ADMIN,
  'refund.request': { ...ADMIN, ...PRIVILEGED },
  'refund.decide': { ...ADMIN, ...PRIVILEGED },
  'analytics.request_recount': ADMIN,
  'analytics.read_platform': ADMIN,
  'analytics.list_churn': ADMIN,
  'job.list': ADMIN,
  'job.retry': ADMIN,

  'demo.seed': UPKEEP,
  'pack.begin': JOB,
  'pack.keep_part': JOB,
  'pack.delete': JOB,
  'mail.record': JOB,
  'notice.address': JOB,
  'identity.sweep': UPKEEP,
  'invitation.sweep': UPKEEP,
  'licence.move_on': JOB,
  'billing.apply_event': UPKEEP,
  'billing.reconcile': JOB,
  'billing.sweep': UPKEEP,
  'billing.compare': UPKEEP,
  'billing.dun': JOB,
  'subscription.record_opening': { ...OWNER, system: true },
  'subscription.record_end': JOB,
  'refund.record': JOB,
  'compliance.run_stage': JOB,
  'compliance.sweep_standstills': UPKEEP,
  'compliance.sweep_forgotten': UPKEEP,
  'compliance.sweep_old_rules': UPKEEP,
  'compliance.sweep_stale_reviews': UPKEEP,
  'compliance.record_model_use': JOB,
  'review.lapse_claims': UPKEEP,
  'review.escalate': UPKEEP,
  'approval.warn': UPKEEP,
  'approval.lapse': UPKEEP,
  'rule_pack.keep': JOB,
  'rule_impact.record': UPKEEP,
  'whatsapp.record_template': JOB,
  'whatsapp.record_health': JOB,
  'whatsapp.record_revocation': JOB,
  'webhook.apply': UPKEEP,
  'campaign.dispatch': JOB,
  'campaign.complete': JOB,
  'campaign.resume_restored': JOB,
  'delivery.claim': JOB,
  'delivery.record': JOB,
  'delivery.reconcile': JOB,
  'delivery.sweep': UPKEEP,
  'delivery.wake_lanes': UPKEEP,
  'event.pump': UPKEEP,
  'analytics.follow': UPKEEP,
  'analytics.recount_days': UPKEEP,
  'analytics.sweep_exports': UPKEEP,
  'analytics.record_export': JOB,
  'churn.observe': UPKEEP,
  'churn.keep_snapshots': UPKEEP,
  'churn.learn': UPKEEP,
  'churn.keep_model': UPKEEP,
  'webhook.record': JOB,
  'campaign.hold_uncovered': JOB,
  'rule_impact.request': ADMIN,
  'rule_impact.get': ADMIN,
  'rule_set.list': ADMIN,
  'shadow.count': ADMIN,
  'rule_set.activate': { ...ADMIN, ...PRIVILEGED },
  'subscription.give_up': JOB,
  'whatsapp.give_up': JOB,
  'data_key.rewrap': JOB,
  'erasure.begin': JOB,
  'erasure.erase_recipient': JOB,
  'erasure.erase_person': JOB,
  'erasure.finish': JOB,
  'erasure.replay': JOB,
  'retention.shred': JOB,
  'duty.alarm': JOB,
} as const satisfies Record<string, Access>

export type UseCaseName = keyof typeof ACCESS

export const accessTo = (useCase: UseCaseName): Access => ACCESS[useCase]

/** Whether the caller may run a use case, by the table. */
export function mayRun(
  { actor, advisorId, inspection }: Pick<Ctx, 'actor' | 'advisorId' | 'inspection'>,
  useCase: UseCaseName,
): boolean {
  const access = accessTo(useCase)
  // During an inspection nothing counts but its scopes, so that no write and no other read is open.
  if (inspection) return access.inspection !== undefined && inspection.scopes.includes(access.inspection)
  if (access.strangers) return true
  switch (actor.kind) {
    case 'anonymous':
      return false
    case 'system':
      return access.system === true
    case 'api_key':
      return advisorId !== null && access.scope !== undefined && actor.scopes.includes(access.scope)
    case 'user': {
      const { role, memberRole } = actor
      if (access.people) return true
      if (role !== 'advisor') return access.staff?.includes(role) === true
      return advisorId !== null && memberRole !== null && access.firm?.includes(memberRole) === true
    }
  }
}
