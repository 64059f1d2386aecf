import {
  BreachAudience,
  ConsentAction,
  ErasureState,
  ErasureSubject,
  GrievanceState,
  PersonPurpose,
} from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { advisorId, at, bytes, createdAt, oneOf } from './columns.ts'
import { users } from './identity.ts'

/** Requests to erase somebody, and what became of them. The ledger outside of the database holds those that are done. */
export const erasures = pgTable(
  'erasures',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    subjectKind: text().notNull().$type<ErasureSubject>(),
    subjectId: uuid().notNull(),
    state: text().notNull().$type<(typeof ErasureState.options)[number]>().default('requested'),
    /** Null where the ledger was replayed after a recovery. */
    requestedBy: uuid(),
    requestedAt: at().notNull(),
    erasedAt: at(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('erasures_subject').on(t.advisorId, t.subjectKind, t.subjectId),
    check('erasures_subject_kind', oneOf('subject_kind', ErasureSubject.options)),
    check('erasures_state', oneOf('state', ErasureState.options)),
  ],
)

/** Who somebody was, as far as a law keeps it: sealed under a key of its own, which is destroyed at the end. */
export const retentions = pgTable(
  'retentions',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    erasureId: uuid().notNull(),
    subjectKind: text().notNull().$type<ErasureSubject>(),
    subjectId: uuid().notNull(),
    what: text().notNull(),
    clause: text().notNull(),
    until: at().notNull(),
    /** Null once it was shredded. */
    sealed: bytes(),
    shreddedAt: at(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    index('retentions_erasure_idx').on(t.advisorId, t.erasureId),
    index('retentions_until_idx').on(t.until).where(sql`${t.shreddedAt} is null`),
    check('retentions_subject_kind', oneOf('subject_kind', ErasureSubject.options)),
    check('retentions_shredded', sql`("sealed" is null) = ("shredded_at" is not null)`),
  ],
)

/** While one is open, nothing of the firm, or of one subject of it, is destroyed. */
export const legalHolds = pgTable(
  'legal_holds',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    /** One recipient or person; null for the whole firm. */
    subjectId: uuid(),
    reason: text().notNull(),
    placedBy: uuid().notNull(),
    placedAt: at().notNull(),
    releasedAt: at(),
    releasedBy: uuid(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    index('legal_holds_open_idx').on(t.advisorId).where(sql`${t.releasedAt} is null`),
  ],
)

/** What people who sign in agreed to and took back. Append-only; who agreed is an id, so an erasure leaves it as it is. */
export const personConsents = pgTable(
  'person_consents',
  {
    userId: uuid().notNull(),
    id: uuid().notNull(),
    purpose: text().notNull().$type<(typeof PersonPurpose.options)[number]>(),
    action: text().notNull().$type<(typeof ConsentAction.options)[number]>(),
    noticeVersion: text().notNull(),
    language: text().notNull(),
    requestId: text().notNull(),
    /** The session in which it was said, and the keyed hash of its address. */
    sessionId: text().notNull(),
    ipHash: bytes(),
    occurredAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.id] }),
    check('person_consents_purpose', oneOf('purpose', PersonPurpose.options)),
    check('person_consents_action', oneOf('action', ConsentAction.options)),
  ],
)

/** Who may act for a person after death or incapacity, sealed under the person's data key. */
export const nominations = pgTable('nominations', {
  userId: uuid()
    .primaryKey()
    .references(() => users.id),
  nominee: bytes().notNull(),
  nominatedAt: at().notNull(),
})

/** Complaints about how personal data is handled; text and answer are sealed under the person's data key. */
export const grievances = pgTable(
  'grievances',
  {
    userId: uuid()
      .notNull()
      .references(() => users.id),
    id: uuid().notNull(),
    state: text().notNull().$type<(typeof GrievanceState.options)[number]>().default('open'),
    text: bytes().notNull(),
    raisedAt: at().notNull(),
    dueAt: at().notNull(),
    answer: bytes(),
    answeredAt: at(),
    answeredBy: uuid(),
    /** When somebody was told that it is late. */
    alarmedAt: at(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.id] }),
    index('grievances_open_idx').on(t.dueAt).where(sql`${t.state} = 'open'`),
    check('grievances_state', oneOf('state', GrievanceState.options)),
  ],
)

/** Personal data breaches and security incidents, with the reports that are owed. */
export const breaches = pgTable('breaches', {
  id: uuid().primaryKey(),
  summary: text().notNull(),
  noticedAt: at().notNull(),
  dataConcerned: text().notNull(),
  peopleConcerned: integer(),
  measures: text().notNull(),
  recordedBy: uuid().notNull(),
  createdAt: createdAt(),
})

/** One report that a breach makes due, and whether it was made. */
export const breachReports = pgTable(
  'breach_reports',
  {
    breachId: uuid()
      .notNull()
      .references(() => breaches.id),
    audience: text().notNull().$type<(typeof BreachAudience.options)[number]>(),
    dueAt: at().notNull(),
    reportedAt: at(),
    reference: text(),
    reportedBy: uuid(),
    alarmedAt: at(),
  },
  (t) => [
    primaryKey({ columns: [t.breachId, t.audience] }),
    index('breach_reports_due_idx').on(t.dueAt).where(sql`${t.reportedAt} is null`),
    check('breach_reports_audience', oneOf('audience', BreachAudience.options)),
  ],
)
