import { z } from 'zod'
import { LicenceType } from './compliance.ts'
import { Day, Email, Id, line, Time, text } from './fields.ts'

export const UserRole = z.enum(['advisor', 'reviewer', 'admin', 'inspector'])
export type UserRole = z.infer<typeof UserRole>

export const MemberRole = z.enum(['owner', 'member'])
export type MemberRole = z.infer<typeof MemberRole>

export const Tier = z.enum(['basic', 'standard', 'pro'])
export type Tier = z.infer<typeof Tier>

/** Calls in one tRPC batch; each of them is counted by the rate limit. */
export const MAX_BATCH = 10

export const LicenceState = z.enum(['claimed', 'evidence', 'verified', 'lapsing', 'lapsed', 'refused'])
export type LicenceState = z.infer<typeof LicenceState>

const LICENCE_FORMATS: Record<LicenceType, { pattern: RegExp; example: string }> = {
  IA: { pattern: /^INA\d{9}$/, example: 'INA000012345' },
  RA: { pattern: /^INH\d{9}$/, example: 'INH000012345' },
  MFD: { pattern: /^ARN-\d{1,6}$/, example: 'ARN-123456' },
  INS: { pattern: /^[A-Z0-9][A-Z0-9/-]{3,29}$/, example: 'LIC00123456' },
}

/** The employee's number behind an ARN (AMFI). */
const Euin = line(7).regex(/^E\d{6}$/, 'must look like E123456')

/** A claimed registration. A right format says nothing about whether it exists: see `LicenceState`. */
export const LicenceClaim = z
  .strictObject({
    type: LicenceType,
    number: line(30).regex(/^[A-Z0-9][A-Z0-9/-]{3,29}$/, 'must be the number as it stands in the register'),
    euin: Euin.optional(),
  })
  .superRefine((claim, ctx) => {
    const format = LICENCE_FORMATS[claim.type]
    if (!format.pattern.test(claim.number)) {
      ctx.addIssue({ code: 'custom', path: ['number'], message: `must look like ${format.example}` })
    }
    if (claim.euin !== undefined && claim.type !== 'MFD') {
      ctx.addIssue({ code: 'custom', path: ['euin'], message: 'only mutual fund distributors have one' })
    }
  })

/** Characters where the password is the only factor, and beside TOTP (NIST SP 800-63B-4, 3.1.1.2). */
export const PASSWORD_MIN = { alone: 15, besideTotp: 8 } as const

export const NewPassword = text(128, PASSWORD_MIN.alone)
/** Where TOTP may be on: the use case knows whether it is, and asks for the longer form where it is not. */
export const ChangedPassword = text(128, PASSWORD_MIN.besideTotp)
export const Password = text(128, 1)

export const RegisterInput = z.strictObject({
  email: Email,
  password: NewPassword,
  fullName: line(120),
  advisor: z.strictObject({ displayName: line(120), licences: z.array(LicenceClaim).min(1).max(8) }),
  acceptTerms: z.literal(true),
})
export const RegisterView = z.object({ userId: Id, advisorId: Id, emailVerification: z.literal('sent') })

const Token = z.string().min(20).max(200)
export const VerifyEmailInput = z.strictObject({ token: Token })
export const VerifyEmailView = z.object({ verified: z.literal(true) })
export const MailSentView = z.object({ emailVerification: z.literal('sent') })

/** Six digits of an authenticator, or a recovery code. */
const SecondFactor = z.string().trim().min(6).max(50)

export const LoginInput = z.strictObject({ email: Email, password: Password, totp: SecondFactor.optional() })
export const TokensView = z.object({ accessToken: z.string(), expiresIn: z.int(), refreshToken: z.string() })
export const SignInView = TokensView.extend({
  user: z.object({ id: Id, email: z.string(), fullName: z.string(), role: UserRole }),
  advisor: z.object({ id: Id, displayName: z.string(), tier: Tier }).nullable(),
})
export type SignInView = z.infer<typeof SignInView>
export const RefreshInput = z.strictObject({ refreshToken: Token })
export const DoneView = z.object({ done: z.literal(true) })

/** Asks for a mail: a new confirmation, or a link to set a new password. */
export const MailRequestInput = z.strictObject({ email: Email })
export const ResetPasswordInput = z.strictObject({ token: Token, newPassword: ChangedPassword })
export const ChangePasswordInput = z.strictObject({ currentPassword: Password, newPassword: ChangedPassword })
/** Said whether or not there was a mail to send. */
export const MailRequestedView = z.object({ mail: z.literal('sent') })

/** One proof: the password, or a code. */
export const StepUpInput = z.union([z.strictObject({ password: Password }), z.strictObject({ totp: SecondFactor })])
/** A session goes on under a new id: this access token takes the place of the earlier ones; the refresh token stays. */
export const RenewedView = TokensView.omit({ refreshToken: true })

export const TotpEnrolmentView = z.object({ secret: z.string(), uri: z.string() })
export const ConfirmTotpInput = z.strictObject({ code: SecondFactor })
export const TotpConfirmedView = RenewedView.extend({ recoveryCodes: z.array(z.string()) })
export const DisableTotpInput = z.strictObject({ password: Password, code: SecondFactor })

export const ChangeEmailInput = z.strictObject({ newEmail: Email })
export const ConfirmEmailInput = z.strictObject({ token: Token })

export const SessionView = z.object({
  id: z.string(),
  createdAt: Time,
  /** To the minute. */
  lastUsedAt: Time,
  expiresAt: Time,
  userAgent: z.string(),
  current: z.boolean(),
})

export const LicenceView = z.object({
  id: Id,
  type: LicenceType,
  number: z.string(),
  euin: z.string().nullable(),
  state: LicenceState,
  validUntil: Time.nullable(),
})
export type LicenceView = z.infer<typeof LicenceView>

/** `erased`: closed for good; its people and clients are no longer known. */
export const AdvisorStatus = z.enum(['active', 'suspended', 'erased'])
export type AdvisorStatus = z.infer<typeof AdvisorStatus>

export const ProfileView = z.object({
  profile: z.object({
    advisorId: Id,
    displayName: z.string(),
    status: AdvisorStatus,
    createdAt: Time,
    /** Who asks; null for an API key, which is no person. */
    user: z
      .object({ id: Id, email: z.string(), fullName: z.string(), role: UserRole, memberRole: MemberRole })
      .nullable(),
    licences: z.array(LicenceView),
  }),
  tier: Tier,
  complianceScore: z.int().nullable(),
  lastActive: Time.nullable(),
})
export type ProfileView = z.infer<typeof ProfileView>

export const UpdateProfileInput = z.strictObject({ displayName: line(120) })
/** `aiReview`: texts may be shown, without personal data, to the model beside stage 2; off unless the firm says so. */
export const Preferences = z.strictObject({ autoApproveClean: z.boolean(), aiReview: z.boolean().default(false) })

export const MemberView = z.object({
  userId: Id,
  email: z.string(),
  fullName: z.string(),
  role: MemberRole,
  joinedAt: Time,
})
export const OnboardingView = z.object({
  steps: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['open', 'waiting', 'done']),
      /** How far a step of several came, and why it stands still: the connecting of a number. */
      at: z.string().nullable(),
      problem: z.string().nullable(),
    }),
  ),
})

/** `validUntil`: the last day in India on which the registration counts, or the very moment at which it ends. */
export const LicenceDecisionInput = z.strictObject({
  id: Id,
  note: line(500).optional(),
  validUntil: z.union([Time, Day]).optional(),
})
export const AdvisorSummary = z.object({
  id: Id,
  displayName: z.string(),
  tier: Tier,
  status: AdvisorStatus,
  licences: z.array(LicenceView),
  createdAt: Time,
})
