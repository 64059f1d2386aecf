import {
  AdvisorStatus,
  EvidenceType,
  InspectionScope,
  LicenceState,
  LicenceType,
  MemberRole,
  Scope,
  Tier,
  UserRole,
} from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { advisorId, at, bytes, createdAt, oneOf } from './columns.ts'

export const USER_ROLES = UserRole.options
export const USER_STATES = ['unverified', 'active', 'suspended', 'erased'] as const
export const MEMBER_ROLES = MemberRole.options
export const ADVISOR_STATES = AdvisorStatus.options
export const TIERS = Tier.options
export const LICENCE_TYPES = LicenceType.options
export const LICENCE_STATES = LicenceState.options
export const API_KEY_SCOPES = Scope.options
export const EVIDENCE_TYPES = EvidenceType.options
export const INSPECTION_SCOPES = InspectionScope.options
export const EMAIL_TOKEN_PURPOSES = ['verify', 'reset', 'change'] as const

/** The registered entity: our tenant. */
export const advisors = pgTable(
  'advisors',
  {
    id: uuid().primaryKey(),
    displayName: text().notNull(),
    status: text().notNull().$type<(typeof ADVISOR_STATES)[number]>().default('active'),
    tier: text().notNull().$type<(typeof TIERS)[number]>().default('basic'),
    /** What the tier becomes by time alone, in order: the end of what is paid, a plan that begins later. Null for nothing. */
    tierSteps: jsonb().$type<{ from: string; tier: (typeof TIERS)[number] }[]>(),
    autoApproveClean: boolean().notNull().default(false),
    /** The firm lets the model beside stage 2 look at its texts. */
    aiReview: boolean().notNull().default(false),
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
    /** Of the person who stands behind an MFD's ARN; other licences have none. */
    euin: text(),
    state: text().notNull().$type<(typeof LICENCE_STATES)[number]>().default('claimed'),
    validUntil: at(),
    createdAt: createdAt(),
    decidedAt: at(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('licences_advisor_type_number').on(t.advisorId, t.type, t.number),
    index('licences_id_idx').on(t.id),
    index('licences_in_force_idx').on(t.validUntil).where(sql`${t.state} in ('verified', 'lapsing')`),
    check('licences_type', oneOf('type', LICENCE_TYPES)),
    check('licences_state', oneOf('state', LICENCE_STATES)),
  ],
)

/** What an advisor handed in to show that a licence exists. Append-only; encrypted under the advisor's key. */
export const licenceEvidence = pgTable(
  'licence_evidence',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    licenceId: uuid().notNull(),
    type: text().notNull().$type<(typeof EVIDENCE_TYPES)[number]>(),
    document: bytes().notNull(),
    /** Of the document itself, in bytes. */
    size: integer().notNull(),
    submittedBy: uuid().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    foreignKey({ columns: [t.advisorId, t.licenceId], foreignColumns: [licences.advisorId, licences.id] }),
    index('licence_evidence_licence_idx').on(t.advisorId, t.licenceId, t.id),
    check('licence_evidence_type', oneOf('type', EVIDENCE_TYPES)),
  ],
)

/** The regulators' published lists, as they were imported. `listed_on` is the day of the newest list with this number. */
export const licenceRegister = pgTable(
  'licence_register',
  {
    type: text().notNull().$type<(typeof LICENCE_TYPES)[number]>(),
    number: text().notNull(),
    name: text().notNull(),
    validUntil: at(),
    listedOn: date({ mode: 'string' }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.type, t.number] }),
    index('licence_register_listed_on_idx').on(t.type, t.listedOn),
    check('licence_register_type', oneOf('type', LICENCE_TYPES)),
  ],
)

/** The newest complete list of each register. A number that it lacks, and an earlier one had, has vanished. */
export const licenceLists = pgTable(
  'licence_lists',
  {
    type: text().primaryKey().$type<(typeof LICENCE_TYPES)[number]>(),
    listedOn: date({ mode: 'string' }).notNull(),
    entries: integer().notNull(),
    importedAt: at().notNull(),
  },
  () => [check('licence_lists_type', oneOf('type', LICENCE_TYPES))],
)

/** Somebody asked by mail to join. The address is encrypted under the advisor's key; the token's SHA-256 is kept. */
export const invitations = pgTable(
  'invitations',
  {
    advisorId: advisorId().references(() => advisors.id),
    id: uuid().notNull(),
    emailHash: bytes().notNull(),
    email: bytes().notNull(),
    role: text().notNull().$type<(typeof MEMBER_ROLES)[number]>(),
    tokenHash: bytes().notNull(),
    invitedBy: uuid().notNull(),
    createdAt: createdAt(),
    sentAt: at().notNull(),
    sends: integer().notNull().default(1),
    expiresAt: at().notNull(),
    acceptedAt: at(),
    cancelledAt: at(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('invitations_token_hash').on(t.tokenHash),
    uniqueIndex('invitations_pending_key')
      .on(t.advisorId, t.emailHash)
      .where(sql`${t.acceptedAt} is null and ${t.cancelledAt} is null`),
    index('invitations_email_hash_idx').on(t.emailHash, t.sentAt),
    check('invitations_role', oneOf('role', MEMBER_ROLES)),
  ],
)

/** What an inspector may read of an advisor, and when. */
export const inspectorGrants = pgTable(
  'inspector_grants',
  {
    advisorId: advisorId().references(() => advisors.id),
    id: uuid().notNull(),
    inspectorId: uuid()
      .notNull()
      .references(() => users.id),
    scopes: text().array().notNull().$type<(typeof INSPECTION_SCOPES)[number][]>(),
    validFrom: at().notNull(),
    validUntil: at().notNull(),
    reason: text().notNull(),
    grantedBy: uuid().notNull(),
    createdAt: createdAt(),
    revokedAt: at(),
    revokedBy: uuid(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    index('inspector_grants_inspector_idx').on(t.advisorId, t.inspectorId),
    index('inspector_grants_id_idx').on(t.id),
    check('inspector_grants_dates', sql`"valid_until" > "valid_from"`),
    check(
      'inspector_grants_scopes',
      sql.raw(`"scopes" <@ array[${INSPECTION_SCOPES.map((scope) => `'${scope}'`).join(', ')}] and "scopes" <> '{}'`),
    ),
  ],
)

/** Which mails a person wants besides those that everybody gets; no row means all. The counter caps them by the hour. */
export const notificationSettings = pgTable('notification_settings', {
  userId: uuid()
    .primaryKey()
    .references(() => users.id),
  contentSentBack: boolean().notNull().default(true),
  contentDecided: boolean().notNull().default(true),
  licenceLapsing: boolean().notNull().default(true),
  hourStartedAt: at(),
  sentInHour: integer().notNull().default(0),
})

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

/**
 * Keys of programs that act for an advisor. Only the SHA-256 of a secret is kept; the one that was replaced goes on
 * working until `previous_until`. A revoked key keeps its row, because what it wrote names it.
 */
export const apiKeys = pgTable(
  'api_keys',
  {
    advisorId: advisorId().references(() => advisors.id),
    id: uuid().notNull(),
    name: text().notNull(),
    prefix: text().notNull(),
    secretHash: bytes().notNull(),
    previousHash: bytes(),
    previousUntil: at(),
    scopes: text().array().notNull().$type<(typeof API_KEY_SCOPES)[number][]>(),
    expiresAt: at(),
    lastUsedAt: at(),
    createdBy: uuid().notNull(),
    createdAt: createdAt(),
    revokedAt: at(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    uniqueIndex('api_keys_id_idx').on(t.id),
    check(
      'api_keys_scopes',
      sql.raw(
        `cardinality("scopes") > 0 and "scopes" <@ array[${API_KEY_SCOPES.map((scope) => `'${scope}'`).join(', ')}]`,
      ),
    ),
    check('api_keys_previous', sql.raw('("previous_hash" is null) = ("previous_until" is null)')),
  ],
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
