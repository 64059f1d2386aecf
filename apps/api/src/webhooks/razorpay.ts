import { receiveRazorpayWebhook } from '@pramaan/core/billing'
import { strangersContext } from '../context.ts'
import { answer, type Handler } from '../http.ts'
import { MAX_WEBHOOK_BYTES, readBody } from '../middleware/body.ts'

/** POST /webhooks/razorpay: the raw bytes and their signature go in; what they mean is decided in a job. */
export const razorpayWebhook: Handler = async (call) => {
  const rawBody = await readBody(call.incoming, MAX_WEBHOOK_BYTES)
  const { headers } = call.incoming
  await receiveRazorpayWebhook(strangersContext(call).core, {
    rawBody,
    signature: String(headers['x-razorpay-signature'] ?? ''),
    eventId: String(headers['x-razorpay-event-id'] ?? ''),
  })
  return answer(call, 200, '{"received":true}', { 'content-type': 'application/json; charset=utf-8' })
}
