import { z } from 'zod'
import { LicenceType } from './compliance.ts'
import { Day, Email, Id, line, Time, text } from './fields.ts'

export const UserRole = z.enum(['advisor', 'reviewer', 'admin', 'inspector'])
export type UserRole = z.infer<typeof UserRole>

export const MemberRole = z.enum(['owner', 'member'])
export type MemberRole = z.infer<typeof MemberRole>

export const Tier = z.enum(['basic', 'standard', 'pro'])
export type Tier = z.infer<typeof Tier>

/** Requests per minute and advisor. */
export const RATE_LIMITS: Record<Tier, number> = { basic: 100, standard: 300, pro: 1000 }

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

/** 15 characters at least where the password is the only factor (NIST SP 800-63B-4, 3.1.1.2). */
export const NewPassword = text(128, 15)
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
export const ResendVerificationInput = z.strictObject({ email: Email })
export const MailSentView = z.object({ emailVerification: z.literal('sent') })

export const LoginInput = z.strictObject({ email: Email, password: Password, totp: z.string().max(10).optional() })
export const TokensView = z.object({ accessToken: z.string(), expiresIn: z.int(), refreshToken: z.string() })
export const SignInView = TokensView.extend({
  user: z.object({ id: Id, email: z.string(), fullName: z.string(), role: UserRole }),
  advisor: z.object({ id: Id, displayName: z.string(), tier: Tier }).nullable(),
})
export type SignInView = z.infer<typeof SignInView>
export const RefreshInput = z.strictObject({ refreshToken: Token })
export const DoneView = z.object({ done: z.literal(true) })

export const SessionView = z.object({
  id: z.string(),
  createdAt: Time,
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

export const ProfileView = z.object({
  profile: z.object({
    advisorId: Id,
    displayName: z.string(),
    status: z.enum(['active', 'suspended']),
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
export const Preferences = z.strictObject({ autoApproveClean: z.boolean() })

export const MemberView = z.object({
  userId: Id,
  email: z.string(),
  fullName: z.string(),
  role: MemberRole,
  joinedAt: Time,
})
export const OnboardingView = z.object({
  steps: z.array(z.object({ id: z.string(), state: z.enum(['open', 'waiting', 'done']) })),
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
  status: z.enum(['active', 'suspended']),
  licences: z.array(LicenceView),
  createdAt: Time,
})
