import {
  decideRefund,
  findMismatches,
  listLedger,
  listParkedEvents,
  redriveEvent,
  requestRefund,
} from '@pramaan/core/billing'
import { DoneView, LedgerPage, MismatchesView, ParkedEventPage, RefundView } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['Administration']

export const adminBillingRouter = router({
  ledger: procedure
    .meta({ rest: { method: 'GET', path: '/admin/billing/ledger', summary: 'The ledger of one firm', tags } })
    .input(listLedger.input)
    .output(LedgerPage)
    .query(({ ctx, input }) => listLedger(ctx.core, input)),

  parkedEvents: procedure
    .meta({
      rest: { method: 'GET', path: '/admin/billing/events', summary: 'Events of Razorpay that were parked', tags },
    })
    .input(listParkedEvents.input)
    .output(ParkedEventPage)
    .query(({ ctx, input }) => listParkedEvents(ctx.core, input)),

  redriveEvent: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/admin/billing/events/{id}/redrive',
        summary: 'Have an event decided once more',
        tags,
      },
    })
    .input(redriveEvent.input)
    .output(DoneView)
    .mutation(({ ctx, input }) => redriveEvent(ctx.core, input)),

  mismatches: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/admin/billing/mismatches',
        summary: 'Where Razorpay and our books differ, by days',
        tags,
      },
    })
    .input(findMismatches.input)
    .output(MismatchesView)
    .query(({ ctx, input }) => findMismatches(ctx.core, input)),

  requestRefund: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/admin/billing/refunds',
        status: 201,
        summary: 'Give money back; above a limit a second person decides',
        tags,
      },
    })
    .input(requestRefund.input)
    .output(RefundView)
    .mutation(({ ctx, input }) => requestRefund(ctx.core, input)),

  decideRefund: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/admin/billing/refunds/{id}/decide',
        summary: 'Approve or refuse the refund that somebody else asked for',
        tags,
      },
    })
    .input(decideRefund.input)
    .output(RefundView)
    .mutation(({ ctx, input }) => decideRefund(ctx.core, input)),
})
