import { z } from 'zod'
import {
  RazorpayInvoice,
  RazorpayOrder,
  RazorpayPayment,
  RazorpayRefund,
  RazorpaySubscription,
} from '../clients/razorpay/index.ts'

/** Only that far is every event the same. Entities that we know are read by name; others pass unread. */
const Envelope = z.object({
  event: z.string().regex(/^[\w.]{1,100}$/),
  account_id: z.string().nullish(),
  payload: z.record(z.string(), z.unknown()),
  created_at: z.int(),
})

const Token = z.object({ id: z.string().min(1) })

const entity = <Entity extends z.ZodType>(schema: Entity, payload: Record<string, unknown>, name: string) => {
  const held = payload[name]
  const found = typeof held === 'object' && held !== null && 'entity' in held ? held.entity : undefined
  return found === undefined ? null : schema.parse(found)
}

/** An event of Razorpay, as far as it concerns us. */
export interface BillingEvent {
  name: string
  accountId: string | null
  /** When it happened there, in whole seconds. */
  at: Date
  subscription: RazorpaySubscription | null
  payment: RazorpayPayment | null
  invoice: RazorpayInvoice | null
  refund: RazorpayRefund | null
  order: RazorpayOrder | null
  tokenId: string | null
}

/** PostgreSQL keeps this character in no text. */
const ZERO = '\\u0000'

/** Reads the body of a webhook; null when it is not what Razorpay documents, whatever else it is. */
export function readEvent(rawBody: string): BillingEvent | null {
  try {
    if (rawBody.includes(ZERO)) return null
    const { event, account_id: accountId, payload, created_at: at } = Envelope.parse(JSON.parse(rawBody))
    return {
      name: event,
      accountId: accountId ?? null,
      at: new Date(at * 1_000),
      subscription: entity(RazorpaySubscription, payload, 'subscription'),
      payment: entity(RazorpayPayment, payload, 'payment'),
      invoice: entity(RazorpayInvoice, payload, 'invoice'),
      refund: entity(RazorpayRefund, payload, 'refund'),
      order: entity(RazorpayOrder, payload, 'order'),
      tokenId: entity(Token, payload, 'token')?.id ?? null,
    }
  } catch {
    return null
  }
}
