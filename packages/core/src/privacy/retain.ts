import { schema } from '@pramaan/db'
import { readAdvisor } from '../identity/index.ts'
import type { CommandCtx } from '../platform/context.ts'
import type { ErasureRow } from './erasure-view.ts'
import { retentionsOf } from './rules/retention.ts'

const { retentions } = schema

const sealedPlace = (rowId: string) => ({ table: 'retentions', column: 'sealed', rowId })

/**
 * Locks away who somebody was, once for each law that keeps it, each under a data key of its own. The keys of the rows
 * that nobody opens in the course of business are destroyed one by one, each at its date.
 *
 * @returns the clauses and dates
 */
export async function retain(
  ctx: CommandCtx,
  erasure: Pick<ErasureRow, 'advisorId' | 'id'>,
  subject: {
    kind: ErasureRow['subjectKind']
    id: string
    lastSentAt: Date | null
    identity: Record<string, string | null>
  },
): Promise<{ clause: string; until: string }[]> {
  const { advisorId } = erasure
  const licences = (await readAdvisor(ctx.tx, advisorId))?.licences.map(({ type }) => type) ?? []
  const kept = retentionsOf({ licences, lastSentAt: subject.lastSentAt, now: ctx.now() })
  for (const { clause, until } of kept) {
    const id = ctx.newId()
    const key = await ctx.keys.createDataKey(ctx.tx, id)
    await ctx.tx.insert(retentions).values({
      advisorId,
      id,
      erasureId: erasure.id,
      subjectKind: subject.kind,
      subjectId: subject.id,
      what: `${Object.keys(subject.identity).join(' and ')} in the record of communications`,
      clause,
      until,
      sealed: ctx.keys.seal(key, sealedPlace(id), JSON.stringify(subject.identity)),
      createdAt: ctx.now(),
    })
  }
  return kept.map(({ clause, until }) => ({ clause, until: until.toISOString() }))
}
