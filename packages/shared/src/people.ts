import { z } from 'zod'
import { Email, Id, line, PageInput, Time } from './fields.ts'
import { MemberRole, NewPassword, UserRole } from './identity.ts'

const Token = z.string().min(20).max(200)

export const InviteMemberInput = z.strictObject({ email: Email, role: MemberRole.default('member') })
export const InvitationView = z.object({
  id: Id,
  email: z.string(),
  role: MemberRole,
  state: z.enum(['pending', 'expired']),
  sentAt: Time,
  expiresAt: Time,
})
export type InvitationView = z.infer<typeof InvitationView>
export const InvitationIdInput = z.strictObject({ id: Id })
export const InvitationTokenInput = z.strictObject({ token: Token })
export const AcceptInvitationInput = z.strictObject({ token: Token, fullName: line(120), password: NewPassword })
export const AcceptedView = z.object({ userId: Id, advisorId: Id, role: MemberRole })
export const SetMemberRoleInput = z.strictObject({ userId: Id, role: MemberRole })
export const MemberRoleView = z.object({ userId: Id, role: MemberRole })

/** The roles of our own people. They belong to no firm. */
export const StaffRole = UserRole.exclude(['advisor'])
export const InviteStaffInput = z.strictObject({ email: Email, fullName: line(120), role: StaffRole })
export const StaffView = z.object({
  userId: Id,
  email: z.string(),
  fullName: z.string(),
  role: StaffRole,
  state: z.enum(['invited', 'active', 'suspended']),
  createdAt: Time,
  lastActive: Time.nullable(),
})
export type StaffView = z.infer<typeof StaffView>
export const SuspendStaffInput = z.strictObject({ id: Id, reason: line(500) })

/** What an inspector may be shown of an advisor. */
export const InspectionScope = z.enum(['content', 'verdicts', 'approvals', 'deliveries', 'audit'])
export type InspectionScope = z.infer<typeof InspectionScope>

export const GrantInspectionInput = z.strictObject({
  advisorId: Id,
  inspectorEmail: Email,
  scopes: z.array(InspectionScope).min(1).max(InspectionScope.options.length),
  validFrom: Time.optional(),
  validUntil: Time,
  reason: line(500),
})
export const InspectionGrantView = z.object({
  id: Id,
  advisorId: Id,
  inspectorId: Id,
  scopes: z.array(InspectionScope),
  validFrom: Time,
  validUntil: Time,
  reason: z.string(),
  grantedBy: Id,
  createdAt: Time,
  revokedAt: Time.nullable(),
})
export type InspectionGrantView = z.infer<typeof InspectionGrantView>
export const InspectionGrantListInput = PageInput.extend({ advisorId: Id.optional() })

/** Mails that a person may do without. Notices about the account and its security always come. */
export const NotificationChoices = z.strictObject({
  /** A text of theirs, or of their firm, must be changed before it can go out. */
  contentSentBack: z.boolean(),
  /** A reviewer approved or rejected it. */
  contentDecided: z.boolean(),
  /** A licence of the firm runs out within 30 days. */
  licenceLapsing: z.boolean(),
})
export type NotificationChoices = z.infer<typeof NotificationChoices>
export const UnsubscribeInput = z.strictObject({ token: Token })

export const SuspendAdvisorInput = z.strictObject({ id: Id, reason: line(500) })
export const RestoreAdvisorInput = z.strictObject({ id: Id, note: line(500).optional() })
export const AdvisorStatusView = z.object({ id: Id, status: z.enum(['active', 'suspended']) })
