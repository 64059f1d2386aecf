import { applyRazorpayEvent, compareBooks, runReconciliation, sendDunning, sendRefund } from '@pramaan/core/billing'

export const billingJobs = {
  'billing.apply-event': applyRazorpayEvent,
  'billing.reconcile': runReconciliation,
  'billing.refund': sendRefund,
  'billing.dunning': sendDunning,
  'billing.compare': compareBooks,
}
