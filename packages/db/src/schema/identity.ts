import { boolean, check, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { advisorId, at, bytes, createdAt, oneOf } from './columns.ts'

export const USER_ROLES = ['advisor', 'reviewer', 'admin', 'inspector'] as const
export const USER_STATES = ['unverified', 'active', 'suspended'] as const
export const MEMBER_ROLES = ['owner', 'member'] as const
export const ADVISOR_STATES = ['active', 'suspended'] as const
export const TIERS = ['basic', 'standard', 'pro'] as const
export const LICENCE_TYPES = ['IA', 'RA', 'MFD', 'INS'] as const
export const LICENCE_STATES = ['claimed', 'evidence', 'verified', 'lapsing', 'lapsed', 'refused'] as const
export const EMAIL_TOKEN_PURPOSES = ['verify', 'reset', 'change'] as const

/** The registered entity: our tenant. */
export const advisors = pgTable(
  'advisors',
  {
    id: uuid().primaryKey(),
    displayName: text().notNull(),
    status: text().notNull().$type<(typeof ADVISOR_STATES)[number]>().default('active'),
    tier: text().notNull().$type<(typeof TIERS)[number]>().default('basic'),
    autoApproveClean: boolean().notNull().default(false),
    createdAt: createdAt(),
  },
  () => [check('advisors_status', oneOf('status', ADVISOR_STATES)), check('advisors_tier', oneOf('tier', TIERS))],
)

/** A person who signs in. Email and name are encrypted; `email_hash` is the keyed look-up. */
export const users = pgTable(
  'users',
  {
    id: uuid().primaryKey(),
    emailHash: bytes().notNull(),
    email: bytes().notNull(),
    fullName: bytes().notNull(),
    passwordHash: text().notNull(),
    role: text().notNull().$type<(typeof USER_ROLES)[number]>(),
    status: text().notNull().$type<(typeof USER_STATES)[number]>(),
    credentialVersion: integer().notNull().default(1),
    createdAt: createdAt(),
    emailVerifiedAt: at(),
    lastSignInAt: at(),
    /** An address that is to replace the present one, encrypted, and its keyed look-up. */
    pendingEmail: bytes(),
    pendingEmailHash: bytes(),
    /** Encrypted. Without `totpConfirmedAt` it is an enrolment that was begun and protects nothing yet. */
    totpSecret: bytes(),
    totpEnrolledAt: at(),
    totpConfirmedAt: at(),
    /** The newest step of which a code was used; that code and older ones are worth nothing. */
    totpLastStep: integer(),
    /** A demo login, which may do without TOTP in embedded mode alone. */
    totpWaived: boolean().notNull().default(false),
  },
  (t) => [
    unique('users_email_hash').on(t.emailHash),
    check('users_role', oneOf('role', USER_ROLES)),
    check('users_status', oneOf('status', USER_STATES)),
  ],
)

/** Who belongs to which advisor. A user is a member of at most one. */
export const members = pgTable(
  'members',
  {
    advisorId: advisorId().references(() => advisors.id),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    role: text().notNull().$type<(typeof MEMBER_ROLES)[number]>(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.userId] }),
    unique('members_user_id').on(t.userId),
    check('members_role', oneOf('role', MEMBER_ROLES)),
  ],
)

export const licences = pgTable(
  'licences',
  {
    advisorId: advisorId().references(() => advisors.id),
    id: uuid().notNull(),
    type: text().notNull().$type<(typeof LICENCE_TYPES)[number]>(),
    number: text().notNull(),
    state: text().notNull().$type<(typeof LICENCE_STATES)[number]>().default('claimed'),
    validUntil: at(),
    createdAt: createdAt(),
    decidedAt: at(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('licences_advisor_type_number').on(t.advisorId, t.type, t.number),
    index('licences_id_idx').on(t.id),
    check('licences_type', oneOf('type', LICENCE_TYPES)),
    check('licences_state', oneOf('state', LICENCE_STATES)),
  ],
)

/** Single-use tokens sent by mail; only their SHA-256 is kept. */
export const emailTokens = pgTable(
  'email_tokens',
  {
    tokenHash: bytes().primaryKey(),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    purpose: text().notNull().$type<(typeof EMAIL_TOKEN_PURPOSES)[number]>(),
    expiresAt: at().notNull(),
    usedAt: at(),
    createdAt: createdAt(),
    /** Keyed look-up of the one address that a token of purpose `change` was mailed to. */
    addressHash: bytes(),
  },
  (t) => [
    index('email_tokens_user_idx').on(t.userId),
    check('email_tokens_purpose', oneOf('purpose', EMAIL_TOKEN_PURPOSES)),
  ],
)

/** Refresh tokens, rotated at every use inside a family with an absolute expiry; only their SHA-256 is kept. */
export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    tokenHash: bytes().primaryKey(),
    familyId: uuid().notNull(),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    sessionHash: text().notNull(),
    expiresAt: at().notNull(),
    createdAt: createdAt(),
    usedAt: at(),
    revokedAt: at(),
  },
  (t) => [index('refresh_tokens_family_idx').on(t.familyId), index('refresh_tokens_user_idx').on(t.userId)],
)

/** Recovery codes: each stands in for one TOTP code, once. Only keyed hashes are kept. */
export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    userId: uuid()
      .notNull()
      .references(() => users.id),
    codeHash: bytes().notNull(),
    createdAt: createdAt(),
    usedAt: at(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.codeHash] })],
)

/** Places (networks, as keyed hashes) from which a person proved who they are. Floods from elsewhere do not slow them. */
export const signInPlaces = pgTable(
  'sign_in_places',
  {
    userId: uuid()
      .notNull()
      .references(() => users.id),
    placeHash: bytes().notNull(),
    lastProvedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.placeHash] }),
    index('sign_in_places_last_proved_at_idx').on(t.lastProvedAt),
  ],
)

/** Wrong tries in a row at one address, known or unknown to us, since the last right one. */
export const signInFailures = pgTable(
  'sign_in_failures',
  {
    addressHash: bytes().primaryKey(),
    failures: integer().notNull(),
    lastFailedAt: at().notNull(),
  },
  (t) => [index('sign_in_failures_last_failed_at_idx').on(t.lastFailedAt)],
)
