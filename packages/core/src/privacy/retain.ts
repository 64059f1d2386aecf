import { schema } from '@pramaan/db'
import { documentsOf } from '../billing/index.ts'
import { readAdvisor } from '../identity/index.ts'
import type { CommandCtx } from '../platform/context.ts'
import type { ErasureRow } from './erasure-view.ts'
import { invoiceRetention, retentionsOf } from './rules/retention.ts'

const { retentions } = schema

const sealedPlace = (rowId: string) => ({ table: 'retentions', column: 'sealed', rowId })

type Erasure = Pick<ErasureRow, 'advisorId' | 'id'>
type Kept = { clause: string; until: string }

/**
 * Locks away who somebody was, once for each law that keeps it.
 *
 * @returns the clauses and dates
 */
export async function retain(
  ctx: CommandCtx,
  erasure: Erasure,
  subject: {
    kind: ErasureRow['subjectKind']
    id: string
    lastSentAt: Date | null
    identity: Record<string, string | null>
  },
): Promise<Kept[]> {
  const { kind: subjectKind, id: subjectId, identity } = subject
  const licences = (await readAdvisor(ctx.tx, erasure.advisorId))?.licences.map(({ type }) => type) ?? []
  const kept = retentionsOf({ licences, lastSentAt: subject.lastSentAt, now: ctx.now() })
  const what = `${Object.keys(identity).join(' and ')} in the record of communications`
  for (const { clause, until } of kept) {
    await lockAway(ctx, erasure, { subjectKind, subjectId, what, clause, until }, identity)
  }
  return kept.map(({ clause, until }) => ({ clause, until: until.toISOString() }))
}

/**
 * Locks away the tax documents of a firm, each as it was issued.
 *
 * @returns the clauses and dates
 */
export async function retainInvoices(ctx: CommandCtx, erasure: Erasure): Promise<Kept[]> {
  const { advisorId } = erasure
  const subject = { subjectKind: 'advisor', subjectId: advisorId } as const
  const kept: Kept[] = []
  for (const { number, issuedAt, document } of await documentsOf(ctx, advisorId)) {
    const retention = invoiceRetention(issuedAt, ctx.now())
    if (!retention) continue
    await lockAway(ctx, erasure, { ...subject, what: `tax document ${number}`, ...retention }, document)
    kept.push({ clause: retention.clause, until: retention.until.toISOString() })
  }
  return kept
}

/**
 * Each under a data key of its own. The keys of the rows, which nobody opens in the course of business, are destroyed one
 * by one, each at its date.
 */
async function lockAway(
  ctx: CommandCtx,
  erasure: Erasure,
  about: Pick<typeof retentions.$inferInsert, 'subjectKind' | 'subjectId' | 'what' | 'clause' | 'until'>,
  content: object,
): Promise<void> {
  const id = ctx.newId()
  const key = await ctx.keys.createDataKey(ctx.tx, id)
  await ctx.tx.insert(retentions).values({
    ...about,
    advisorId: erasure.advisorId,
    id,
    erasureId: erasure.id,
    sealed: ctx.keys.seal(key, sealedPlace(id), JSON.stringify(content)),
    createdAt: ctx.now(),
  })
}
