import {
  cancelSubscription,
  changePlan,
  confirmCheckout,
  getBillingDetails,
  getInvoice,
  getSubscription,
  listInvoices,
  listPlans,
  pauseSubscription,
  previewChange,
  resumeSubscription,
  setBillingDetails,
  subscribe,
} from '@pramaan/core/billing'
import {
  BillingDetailsView,
  ChangePreview,
  CurrentSubscriptionView,
  InvoicePage,
  InvoiceView,
  PlansView,
  SubscriptionView,
} from '@pramaan/shared'
import { Nothing, procedure, publicProcedure, router } from '../trpc.ts'

const tags = ['Billing']

export const billingRouter = router({
  plans: publicProcedure
    .meta({ rest: { method: 'GET', path: '/billing/plans', summary: 'The plans, their prices and limits', tags } })
    .input(Nothing)
    .output(PlansView)
    .query(({ ctx, input }) => listPlans(ctx.core, input)),

  subscription: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/billing/subscription',
        summary: 'What your firm has booked, and its limits',
        tags,
      },
    })
    .input(Nothing)
    .output(CurrentSubscriptionView)
    .query(({ ctx, input }) => getSubscription(ctx.core, input)),

  subscribe: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/billing/subscribe',
        status: 201,
        summary: 'Book a plan; the answer says where to pay',
        tags,
      },
    })
    .input(subscribe.input)
    .output(SubscriptionView)
    .mutation(({ ctx, input }) => subscribe(ctx.core, input)),

  confirm: procedure
    .meta({
      rest: { method: 'POST', path: '/billing/confirm', summary: 'Hand over what Checkout told the browser', tags },
    })
    .input(confirmCheckout.input)
    .output(SubscriptionView)
    .mutation(({ ctx, input }) => confirmCheckout(ctx.core, input)),

  previewChange: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/billing/change',
        summary: 'What another plan would cost and give back, and what would be over its limits',
        tags,
      },
    })
    .input(previewChange.input)
    .output(ChangePreview)
    .query(({ ctx, input }) => previewChange(ctx.core, input)),

  change: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/billing/change',
        status: 201,
        summary: 'Change the plan; the old one ends when the new one runs',
        tags,
      },
    })
    .input(changePlan.input)
    .output(SubscriptionView)
    .mutation(({ ctx, input }) => changePlan(ctx.core, input)),

  cancel: procedure
    .meta({
      rest: { method: 'POST', path: '/billing/cancel', summary: 'End the subscription, now or with its period', tags },
    })
    .input(cancelSubscription.input)
    .output(SubscriptionView)
    .mutation(({ ctx, input }) => cancelSubscription(ctx.core, input)),

  pause: procedure
    .meta({ rest: { method: 'POST', path: '/billing/pause', summary: 'Stop further charges for a while', tags } })
    .input(pauseSubscription.input)
    .output(SubscriptionView)
    .mutation(({ ctx, input }) => pauseSubscription(ctx.core, input)),

  resume: procedure
    .meta({ rest: { method: 'POST', path: '/billing/resume', summary: 'Go on after a pause', tags } })
    .input(resumeSubscription.input)
    .output(SubscriptionView)
    .mutation(({ ctx, input }) => resumeSubscription(ctx.core, input)),

  details: procedure
    .meta({ rest: { method: 'GET', path: '/billing/details', summary: 'To whom invoices are made out', tags } })
    .input(Nothing)
    .output(BillingDetailsView)
    .query(({ ctx, input }) => getBillingDetails(ctx.core, input)),

  setDetails: procedure
    .meta({ rest: { method: 'PUT', path: '/billing/details', summary: 'Name, address, state and GSTIN', tags } })
    .input(setBillingDetails.input)
    .output(BillingDetailsView)
    .mutation(({ ctx, input }) => setBillingDetails(ctx.core, input)),

  invoices: procedure
    .meta({
      rest: { method: 'GET', path: '/billing/invoices', summary: 'Tax invoices and credit notes, newest first', tags },
    })
    .input(listInvoices.input)
    .output(InvoicePage)
    .query(({ ctx, input }) => listInvoices(ctx.core, input)),

  invoice: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/billing/invoices/{id}',
        summary: 'One of them as data; with .pdf behind the id as PDF',
        tags,
      },
    })
    .input(getInvoice.input)
    .output(InvoiceView)
    .query(({ ctx, input }) => getInvoice(ctx.core, input)),
})
