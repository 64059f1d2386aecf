import { type Queries, schema } from '@pramaan/db'
import { BillingDetails, type StateCode } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'

const { billingDetails } = schema

export const placeOfRecipient = (advisorId: string) => ({
  table: 'billing_details',
  column: 'recipient',
  rowId: advisorId,
})

export interface KnownDetails {
  legalName: string
  address: string
  gstin?: string | undefined
  stateCode: StateCode
}

/** To whom invoices of a firm are made out; null where it never said so. */
export async function readBillingDetails(
  ctx: Pick<Ctx, 'keys'>,
  queries: Queries,
  advisorId: string,
): Promise<KnownDetails | null> {
  const [row] = await queries.select().from(billingDetails).where(eq(billingDetails.advisorId, advisorId))
  if (!row) return null
  const text = await ctx.keys.open(queries, advisorId, placeOfRecipient(advisorId), row.recipient)
  return BillingDetails.parse(JSON.parse(text))
}
