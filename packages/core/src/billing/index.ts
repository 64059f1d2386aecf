export { applyRazorpayEvent } from './apply-razorpay-event.ts'
export { receiveRazorpayWebhook } from './receive-razorpay-webhook.ts'
