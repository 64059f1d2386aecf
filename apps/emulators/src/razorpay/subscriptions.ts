import { endOfCycle, planNext } from './cycles.ts'
import type { Gateway } from './gateway.ts'
import { move } from './move.ts'
import { badRequest, noSuchId } from './razorpay-error.ts'
import type { Account, Notes, Plan, Subscription } from './state.ts'

export interface CreateSubscription {
  plan_id: string
  total_count: number
  quantity: number
  start_at?: number | undefined
  expire_by?: number | undefined
  customer_notify: boolean
  notes: Notes
}

/** POST /v1/subscriptions. There is no idempotency: two equal calls make two. */
export function createSubscription(gateway: Gateway, account: Account, input: CreateSubscription): Subscription {
  const plan = ownPlan(gateway, account, input.plan_id)
  const now = gateway.now(account.id)
  const { start_at: startAt = null, expire_by: expireBy = null } = input
  if (startAt !== null && startAt <= now) throw badRequest('The start time must be in the future.', 'start_at')
  const id = gateway.ids.next('sub')
  const subscription: Subscription = {
    account: account.id,
    wire: {
      id,
      entity: 'subscription',
      plan_id: input.plan_id,
      customer_id: null,
      status: 'created',
      current_start: null,
      current_end: null,
      ended_at: null,
      quantity: input.quantity,
      notes: input.notes,
      charge_at: startAt,
      start_at: startAt,
      end_at: startAt === null ? null : endOfCycle(plan, startAt, input.total_count),
      auth_attempts: 0,
      total_count: input.total_count,
      paid_count: 0,
      customer_notify: input.customer_notify,
      created_at: now,
      expire_by: expireBy,
      short_url: `${gateway.url}/checkout/${id}`,
      has_scheduled_changes: false,
      change_scheduled_at: null,
      source: 'api',
      offer_id: null,
      remaining_count: input.total_count,
    },
    method: null,
    tokenId: null,
    cancelAtCycleEnd: false,
    outcomes: [],
    scheduledPlan: null,
    landing: null,
  }
  gateway.state.subscriptions.set(id, subscription)
  planNext(gateway, subscription)
  return subscription
}

export function ownPlan(gateway: Gateway, account: Account, id: string): Plan {
  const plan = gateway.state.plans.get(id)
  if (plan?.account !== account.id) throw noSuchId()
  return plan
}

export function ownSubscription(gateway: Gateway, account: Account, id: string): Subscription {
  const subscription = gateway.state.subscriptions.get(id)
  if (subscription?.account !== account.id) throw noSuchId()
  return subscription
}

/** POST .../cancel. At the end of the cycle: nothing is to be seen until then. */
export function cancelSubscription(
  gateway: Gateway,
  subscription: Subscription,
  options: { atCycleEnd: boolean; by: 'self' | 'customer' },
): void {
  const { wire } = subscription
  if (['cancelled', 'completed', 'expired'].includes(wire.status)) {
    throw badRequest(`Subscription is not cancellable in ${wire.status} status.`, 'status')
  }
  if (options.atCycleEnd && wire.status === 'active') {
    subscription.cancelAtCycleEnd = true
    return
  }
  move(gateway, subscription, 'cancel', {
    ended_at: gateway.now(subscription.account),
    charge_at: null,
    cancel_initiated_by: options.by,
  })
}

/** POST .../pause and what a customer does in the UPI app. */
export function pauseSubscription(gateway: Gateway, subscription: Subscription, by: 'self' | 'customer'): void {
  if (!['active', 'authenticated'].includes(subscription.wire.status)) {
    throw badRequest(`Subscription is not pausable in ${subscription.wire.status} status.`, 'status')
  }
  const ends = subscription.wire.status === 'authenticated' ? { ended_at: gateway.now(subscription.account) } : {}
  move(gateway, subscription, 'pause', { charge_at: null, pause_initiated_by: by, ...ends })
}

export function resumeSubscription(gateway: Gateway, subscription: Subscription, by: 'self' | 'customer'): void {
  const { wire } = subscription
  if (wire.status !== 'paused') throw badRequest(`Subscription is not resumable in ${wire.status} status.`, 'status')
  if (by === 'self' && wire.pause_initiated_by === 'customer') {
    throw badRequest('Only the customer can resume a subscription that the customer paused.')
  }
  const chargeAt = Math.max(wire.current_end ?? 0, gateway.now(subscription.account))
  move(gateway, subscription, 'resume', { pause_initiated_by: null, charge_at: chargeAt })
  planNext(gateway, subscription)
}

export interface UpdateSubscription {
  plan_id?: string | undefined
  quantity?: number | undefined
  remaining_count?: number | undefined
  offer_id?: string | undefined
  schedule_change_at: 'now' | 'cycle_end'
}

/** PATCH /v1/subscriptions/:id: refused for nearly every mandate there is in India. */
export function updateSubscription(
  gateway: Gateway,
  account: Account,
  subscription: Subscription,
  input: UpdateSubscription,
) {
  const { wire, method } = subscription
  if (wire.status !== 'authenticated' && wire.status !== 'active') {
    throw badRequest("Can't update subscription when subscription is not in Authenticated or Active state")
  }
  if (method === 'upi' || method === 'emandate') {
    throw badRequest(`subscriptions cannot be updated when payment mode is ${method === 'upi' ? 'UPI' : 'emandate'}`)
  }
  const onlyOffer = input.plan_id === undefined && input.quantity === undefined && input.remaining_count === undefined
  if (method === 'card_domestic' && !onlyOffer) {
    throw badRequest('Only offers can be updated for subscriptions on domestic cards')
  }
  if (input.plan_id !== undefined) ownPlan(gateway, account, input.plan_id)
  if (input.schedule_change_at === 'cycle_end') {
    subscription.scheduledPlan = input.plan_id ?? wire.plan_id
    Object.assign(wire, { has_scheduled_changes: true, change_scheduled_at: wire.current_end })
    return
  }
  if (input.plan_id !== undefined) wire.plan_id = input.plan_id
  if (input.quantity !== undefined) wire.quantity = input.quantity
  gateway.webhooks.emit(subscription.account, 'subscription.updated', { subscription: { ...wire } })
}
