import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { noticeJob } from '../identity/index.ts'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { dunningJob } from './jobs.ts'
import { type SubscriptionRow, takeById } from './queries.ts'
import { dunningTurn } from './rules/dunning.ts'

const { subscriptions } = schema

const send = command({
  name: 'billing.dun',
  input: dunningJob.payload,
  async run(ctx, { advisorId, subscriptionId }) {
    const row = await takeById(ctx, advisorId, subscriptionId)
    const turn = row && dunningTurn(row, ctx.now())
    if (!row || !turn) return { output: null, unchanged: true }
    await ctx.tx.update(subscriptions).set({ dunningStep: turn.step }).where(mine(row))
    const about = { objectType: 'subscription', objectId: subscriptionId, advisorId }
    const again = turn.nextAt
      ? [dunningJob.with({ advisorId, subscriptionId }, { startAfter: turn.nextAt, groupId: advisorId })]
      : []
    const notice = turn.topic
      ? [
          noticeJob.with({
            kind: 'notice',
            topic: turn.topic,
            noticeId: ctx.newId(),
            advisorId,
            objectId: subscriptionId,
          }),
        ]
      : []
    const detail = { step: turn.step, topic: turn.topic }
    return { output: null, audit: { action: 'billing.dunned', ...about, detail }, jobs: [...notice, ...again] }
  },
})

const mine = ({ advisorId, id }: SubscriptionRow) =>
  and(eq(subscriptions.advisorId, advisorId), eq(subscriptions.id, id))

/** Job `billing.dunning`: the mail whose turn it is by `rules/dunning.ts`, and the job of the next one. */
export const sendDunning = (ctx: Ctx, payload: unknown): Promise<null> => send(ctx, dunningJob.payload.parse(payload))
