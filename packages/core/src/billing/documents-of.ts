import { type Queries, schema } from '@pramaan/db'
import type { TaxDocument } from '@pramaan/shared'
import { asc, eq, max } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import { openDocument } from './issue-document.ts'

const { taxDocuments } = schema

/** All invoices and credit notes of a firm in clear, oldest first. */
export async function documentsOf(
  ctx: CommandCtx,
  advisorId: string,
): Promise<{ number: string; issuedAt: Date; document: TaxDocument }[]> {
  const rows = await ctx.tx
    .select()
    .from(taxDocuments)
    .where(eq(taxDocuments.advisorId, advisorId))
    .orderBy(asc(taxDocuments.id))
  return Promise.all(
    rows.map(async ({ number, issuedAt, ...row }) => ({
      number,
      issuedAt,
      document: await openDocument(ctx, ctx.tx, advisorId, row),
    })),
  )
}

/** When the newest of them was issued; null when there is none. */
export async function lastIssuedAt(queries: Queries, advisorId: string): Promise<Date | null> {
  const [row] = await queries
    .select({ at: max(taxDocuments.issuedAt) })
    .from(taxDocuments)
    .where(eq(taxDocuments.advisorId, advisorId))
  return row?.at ?? null
}
