import { z } from 'zod'
import { command } from '../platform/use-case.ts'
import { takeById } from './queries.ts'
import { isFinal } from './rules/state.ts'
import { saveSubscription } from './save-subscription.ts'

/** What came of asking Razorpay to open a subscription. `unknown`: no answer, it may be there; it is looked up. */
export const OpeningOutcome = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('opened'),
    razorpayId: z.string(),
    razorpayPlanId: z.string().nullable(),
    checkoutUrl: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('unknown') }),
  z.strictObject({ kind: z.literal('failed') }),
])
export type OpeningOutcome = z.infer<typeof OpeningOutcome>

/** Records it, unless a webhook or a look-up was faster. */
export const recordOpening = command({
  name: 'subscription.record_opening',
  input: z.strictObject({ advisorId: z.uuid(), subscriptionId: z.uuid(), outcome: OpeningOutcome }),
  async run(ctx, { advisorId, subscriptionId, outcome }) {
    const row = await takeById(ctx, advisorId, subscriptionId)
    if (!row || isFinal(row.state) || row.razorpayId !== null) return { output: null, unchanged: true }
    const { kind, ...found } = outcome
    const state = kind === 'opened' ? ('created' as const) : kind
    const { audit, jobs } = await saveSubscription(ctx, row, { state, ...found }, 'the answer of Razorpay')
    const [first, ...rest] = audit
    return first ? { output: null, audit: [first, ...rest], jobs } : { output: null, unchanged: true }
  },
})
