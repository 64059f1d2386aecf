import { applyRazorpayEvent } from '@pramaan/core/billing'

export const billingJobs = { 'billing.apply-event': applyRazorpayEvent }
