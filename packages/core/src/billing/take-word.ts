import type { RazorpayPayment, RazorpaySubscription } from '../clients/razorpay/index.ts'
import type { CommandCtx } from '../platform/context.ts'
import { bookPayment } from './book-payment.ts'
import { reconcileJob } from './jobs.ts'
import type { SubscriptionRow } from './queries.ts'
import { endOfPeriod } from './rules/period.ts'
import { judgeAnswer, judgeEvent } from './rules/state.ts'
import { type Consequences, saveSubscription } from './save-subscription.ts'

/** A payment with the end of the period that it pays, where that is known. */
export interface PaidPeriod {
  payment: RazorpayPayment
  paidUntil: Date | null
}

/** What Razorpay says of a subscription: in an event (`heard`), or asked by us (`asked`). */
export interface Word {
  how: 'heard' | 'asked'
  asOf: Date
  subscription: RazorpaySubscription | null
  paid: PaidPeriod[]
  /** For the log. */
  reason: string
}

/** Ask again only after the second is over, so that the answer is newer than any word that came before it. */
const ASK_AFTER_MS = 2_000

/**
 * Lets a word of Razorpay count: its state by the rules of `rules/state.ts`, its payments each once, whatever the state
 * says, because money that came is ours to account for. The firm's billing is locked.
 */
export async function takeWord(ctx: CommandCtx, row: SubscriptionRow, word: Word): Promise<Consequences> {
  const audit: Consequences['audit'] = []
  const jobs: Consequences['jobs'] = []
  for (const { payment } of word.paid) {
    const booked = await bookPayment(ctx, row, payment)
    audit.push(...booked.audit)
    jobs.push(...booked.jobs)
  }
  const { changes, ask } = changesBy(row, word)
  const saved = await saveSubscription(ctx, row, changes, word.reason)
  audit.push(...saved.audit)
  jobs.push(...saved.jobs)
  if (ask && word.how === 'asked') {
    ctx.log.error(
      { alert: 'billing.step_refused', advisorId: row.advisorId, subscriptionId: row.id },
      'impossible state',
    )
  } else if (ask) {
    const { advisorId, id: subscriptionId } = row
    const startAfter = new Date(ctx.now().getTime() + ASK_AFTER_MS)
    jobs.push(reconcileJob.with({ advisorId, subscriptionId }, { startAfter, groupId: advisorId }))
  }
  return { audit, jobs }
}

function changesBy(row: SubscriptionRow, word: Word): { changes: Partial<SubscriptionRow>; ask: boolean } {
  const changes: Partial<SubscriptionRow> = {}
  const ends = [row.paidUntil, ...word.paid.map(({ paidUntil }) => paidUntil)].filter((end) => end !== null)
  if (ends.length > 0) changes.paidUntil = new Date(Math.max(...ends.map((end) => end.getTime())))
  const tokenId = word.paid.map(({ payment }) => payment.tokenId).find((token) => token !== null)
  if (tokenId != null && row.tokenId === null) changes.tokenId = tokenId
  const { subscription } = word
  if (!subscription) return { changes, ask: false }
  const { status: state, paidCount, authAttempts } = subscription
  const said = { state, paidCount, authAttempts, asOf: word.asOf }
  const { apply, ask } = (word.how === 'heard' ? judgeEvent : judgeAnswer)(row, said)
  if (!apply) return { changes, ask }
  Object.assign(changes, said, {
    razorpayId: subscription.id,
    razorpayPlanId: subscription.planId,
    checkoutUrl: subscription.shortUrl ?? row.checkoutUrl,
    currentStart: subscription.currentStart,
    currentEnd: subscription.currentEnd,
    chargeAt: subscription.chargeAt,
    pausedByCustomer: state === 'paused' && subscription.pausedByCustomer,
  })
  return { changes, ask }
}

/** What is paid once is active from its payment on, for one period. @returns no changes where it is not paid */
export async function takeOrderPayment(
  ctx: CommandCtx,
  row: SubscriptionRow,
  payment: RazorpayPayment,
  reason: string,
): Promise<Consequences> {
  const booked = await bookPayment(ctx, row, payment)
  if (row.state !== 'created' && row.state !== 'expired') return booked
  const paidAt = payment.createdAt ?? ctx.now()
  const start = row.startsAt !== null && row.startsAt > paidAt ? row.startsAt : paidAt
  const end = endOfPeriod(start, row.period)
  const changes = {
    state: 'active' as const,
    asOf: paidAt,
    paidCount: 1,
    currentStart: start,
    currentEnd: end,
    paidUntil: end,
  }
  const saved = await saveSubscription(ctx, row, changes, reason)
  return { audit: [...booked.audit, ...saved.audit], jobs: [...booked.jobs, ...saved.jobs] }
}
