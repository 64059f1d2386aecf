import { createHmac } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { authenticate } from './cycles.ts'
import type { Gateway } from './gateway.ts'
import { makePayment } from './payments.ts'
import { RazorpayError } from './razorpay-error.ts'
import type { Method } from './state.ts'

const METHODS: Record<Method, string> = {
  upi: 'UPI',
  card_domestic: 'Indian card',
  card_intl: 'Card from abroad',
  emandate: 'Bank mandate',
}

const page = (title: string, body: unknown) => html`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${title}</title><body style="font:16px/1.5 sans-serif;max-width:32rem;margin:3rem auto">
<p>Razorpay's double, for development. No money moves.</p><h1>${title}</h1>${body}</body></html>`

const rupees = (paise: number) => `₹${(paise / 100).toFixed(2)}`

/**
 * The hosted page of a subscription (`short_url`) or an order: a person presses a button and has paid. With
 * `callback_url` the browser takes the signed answer there, as Checkout does.
 */
export function createCheckoutPage(gateway: Gateway): Hono {
  const app = new Hono()
  const form = (callback: string | undefined, locked: boolean) =>
    locked
      ? html`<p>There is nothing to pay here.</p>`
      : html`<form method="post">
  ${callback === undefined ? '' : html`<input type="hidden" name="callback_url" value="${callback}">`}
  ${Object.entries(METHODS).map(([value, label]) => html`<button name="method" value="${value}">${label}</button> `)}
  </form>`

  app.get('/:id', (c) => {
    const found = target(gateway, c.req.param('id'))
    if (!found) return c.html(page('Not found', ''), 404)
    return c.html(page(`Pay ${rupees(found.amount)}`, form(c.req.query('callback_url'), !found.open)))
  })

  app.post('/:id', async (c) => {
    const found = target(gateway, c.req.param('id'))
    if (!found) return c.html(page('Not found', ''), 404)
    const { method, callback_url: callback } = await c.req.parseBody()
    try {
      const answer = found.pay(String(method) as Method)
      return typeof callback === 'string' ? sendBack(c, callback, answer) : c.html(page('Paid', thanks(answer)))
    } catch (error) {
      if (error instanceof RazorpayError) return c.html(page('Refused', error.message), 400)
      throw error
    }
  })
  return app
}

const thanks = (answer: Record<string, string>) =>
  html`<p>You can close this page.</p><pre>${JSON.stringify(answer, null, 2)}</pre>`

/** A page whose form the person sends on: the answer arrives as a POST from the browser. */
const sendBack = (c: Context, callback: string, answer: Record<string, string>) =>
  c.html(
    page(
      'Paid',
      html`<form method="post" action="${callback}">
  ${Object.entries(answer).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
  <button>Back to the shop</button></form>`,
    ),
  )

/** What stands behind an id: how much it is, whether it can be paid, and the signed answer of paying it. */
function target(gateway: Gateway, id: string) {
  const subscription = gateway.state.subscriptions.get(id)
  if (subscription) {
    const plan = gateway.state.plans.get(subscription.wire.plan_id)
    return {
      amount: (plan?.wire.item.amount ?? 0) * subscription.wire.quantity,
      open: subscription.wire.status === 'created',
      pay(method: Method) {
        const { paymentId } = authenticate(gateway, subscription, method)
        return {
          razorpay_payment_id: paymentId,
          razorpay_subscription_id: id,
          razorpay_signature: signed(gateway, subscription.account, `${paymentId}|${id}`),
        }
      },
    }
  }
  const order = gateway.state.orders.get(id)
  if (!order) return null
  return {
    amount: order.wire.amount_due,
    open: order.wire.status !== 'paid',
    pay(method: Method) {
      const payment = makePayment(gateway, order.account, { amount: order.wire.amount, order, method, ok: true })
      return {
        razorpay_payment_id: payment.wire.id,
        razorpay_order_id: id,
        razorpay_signature: signed(gateway, order.account, `${id}|${payment.wire.id}`),
      }
    },
  }
}

/** With the key's secret, not the webhook's; for orders the two ids stand the other way round. */
function signed(gateway: Gateway, account: string, message: string): string {
  const secret = gateway.accountById(account)?.keySecret ?? ''
  return createHmac('sha256', secret).update(message).digest('hex')
}
