import type { Gateway } from './gateway.ts'
import { type Cause, STEPS } from './machine.ts'
import { badRequest } from './razorpay-error.ts'
import type { Payment, Subscription } from './state.ts'

/** Moves a subscription by the table and tells the world; a pair that the table lacks is refused. */
export function move(
  gateway: Gateway,
  subscription: Subscription,
  cause: Cause,
  changes: Partial<Subscription['wire']> = {},
  payment?: Payment,
): void {
  const { wire } = subscription
  const step = STEPS[wire.status][cause]
  if (!step) throw badRequest(`Subscription cannot ${cause} in ${wire.status} status.`, 'status')
  Object.assign(wire, changes, { status: step.to })
  for (const event of step.events) {
    // Charged always carries its payment; activated does so after a halt alone.
    const withPayment = payment && (event === 'charged' || (event === 'activated' && step.events[0] === 'activated'))
    gateway.webhooks.emit(subscription.account, `subscription.${event}`, {
      subscription: { ...wire },
      ...(withPayment ? { payment: { ...payment.wire } } : {}),
    })
  }
}
