import type { CampaignState } from '@pramaan/shared'
import type { z } from 'zod'

type State = z.infer<typeof CampaignState>

export const CAMPAIGN_EVENTS = ['dispatch', 'hold', 'resume', 'complete', 'reopen', 'cancel'] as const
export type CampaignEvent = (typeof CAMPAIGN_EVENTS)[number]

/** The life of a campaign, as data. A held one starts again at `scheduled`, so that everything is checked anew. A completed
 * one goes on where a message is to be repeated. */
export const CAMPAIGN_STEPS: Record<State, Partial<Record<CampaignEvent, State>>> = {
  draft: {},
  scheduled: { dispatch: 'sending', hold: 'held', cancel: 'cancelled' },
  sending: { hold: 'held', complete: 'completed', cancel: 'cancelled' },
  held: { resume: 'scheduled', cancel: 'cancelled' },
  completed: { reopen: 'sending' },
  cancelled: {},
}

/** @returns null where the event is not allowed */
export const campaignAfter = (state: State, event: CampaignEvent): State | null => CAMPAIGN_STEPS[state][event] ?? null

/** The states from which an event is allowed: what a conditional UPDATE asks for. */
export const campaignStatesBefore = (event: CampaignEvent): State[] =>
  (Object.keys(CAMPAIGN_STEPS) as State[]).filter((state) => campaignAfter(state, event) !== null)
