import { schema } from '@pramaan/db'
import { BillingDetails, type BillingDetailsView } from '@pramaan/shared'
import { z } from 'zod'
import { advisorIdOf } from '../platform/context.ts'
import { command, query } from '../platform/use-case.ts'
import { placeOfRecipient, readBillingDetails } from './billing-details.ts'

const { billingDetails } = schema

/** To whom invoices are made out from now on. What was issued stays as it is. */
export const setBillingDetails = command({
  name: 'billing.set_details',
  input: BillingDetails,
  async run(ctx, details) {
    const advisorId = advisorIdOf(ctx)
    const key = await ctx.keys.dataKeyOf(ctx.tx, advisorId)
    const row = {
      stateCode: details.stateCode,
      recipient: ctx.keys.seal(key, placeOfRecipient(advisorId), JSON.stringify(details)),
      updatedAt: ctx.now(),
    }
    const write = ctx.tx
      .insert(billingDetails)
      .values({ advisorId, ...row })
      .onConflictDoUpdate({ target: billingDetails.advisorId, set: row })
      .execute()
    return {
      output: viewOf(details),
      audit: { action: 'billing.details_set', objectType: 'advisor', objectId: advisorId },
      writes: [write],
    }
  },
})

export const getBillingDetails = query({
  name: 'billing.get_details',
  input: z.strictObject({}),
  async run(ctx): Promise<z.infer<typeof BillingDetailsView>> {
    const details = await readBillingDetails(ctx, ctx.db.read, advisorIdOf(ctx))
    return details ? viewOf(details) : { details: null }
  },
})

const viewOf = ({
  legalName,
  address,
  stateCode,
  gstin = null,
}: { gstin?: string | null | undefined } & Omit<z.output<typeof BillingDetails>, 'gstin'>) => ({
  details: { legalName, address, stateCode, gstin },
})
