import { type Queries, schema } from '@pramaan/db'
import { PersonPurpose, RecordConsentInput } from '@pramaan/shared'
import { desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { type Ctx, userIdOf } from '../platform/context.ts'
import { command, query } from '../platform/use-case.ts'

const { personConsents } = schema
type Row = typeof personConsents.$inferSelect

const consentView = (row: Row) => ({
  id: row.id,
  purpose: row.purpose,
  action: row.action,
  noticeVersion: row.noticeVersion,
  language: row.language,
  at: row.occurredAt.toISOString(),
  requestId: row.requestId,
})

/** The whole ledger of a person, newest first. */
export async function consentsOf(queries: Queries, userId: string) {
  const rows = await queries
    .select()
    .from(personConsents)
    .where(eq(personConsents.userId, userId))
    .orderBy(desc(personConsents.id))
  return rows.map(consentView)
}

async function ledgerOf(queries: Queries, userId: string) {
  const items = await consentsOf(queries, userId)
  const standing = PersonPurpose.options.map((purpose) => ({
    purpose,
    granted: items.find((item) => item.purpose === purpose)?.action === 'granted',
  }))
  return { standing, items }
}

/** What the caller agreed to and took back, and what counts now. */
export const listConsents = query({
  name: 'privacy.consents',
  input: z.strictObject({}).prefault({}),
  run: (ctx) => ledgerOf(ctx.db.read, userIdOf(ctx)),
})

/**
 * Writes into the ledger that the caller agrees to a purpose or takes it back, with the notice that was shown, its
 * language, and the proof: session, request and keyed hash of the address. One call both ways (DPDP Act 2023, s. 6(4)).
 */
export const recordConsent = command({
  name: 'privacy.record_consent',
  input: RecordConsentInput,
  async run(ctx, { purpose, action, noticeVersion, language }) {
    const userId = userIdOf(ctx)
    await ctx.tx.insert(personConsents).values({
      userId,
      id: ctx.newId(),
      purpose,
      action,
      noticeVersion,
      language,
      requestId: ctx.requestId,
      sessionId: sessionOf(ctx),
      ipHash: ctx.ip === null ? null : ctx.keys.lookupHash('ip', ctx.ip),
      occurredAt: ctx.now(),
    })
    return {
      output: await ledgerOf(ctx.tx, userId),
      audit: { action: `consent.${action}`, objectType: 'user', objectId: userId, detail: { purpose, noticeVersion } },
    }
  },
})

const sessionOf = ({ actor }: Ctx) => (actor.kind === 'user' ? actor.sessionId : '')
