import { CampaignState } from '@pramaan/shared'
import { describe, expect, test } from 'vitest'
import { CAMPAIGN_EVENTS, campaignAfter, campaignStatesBefore } from './campaign-state.ts'

const EXPECTED: Record<(typeof CampaignState.options)[number], string> = {
  draft: '',
  scheduled: 'dispatch>sending hold>held cancel>cancelled',
  sending: 'hold>held complete>completed cancel>cancelled',
  held: 'resume>scheduled cancel>cancelled',
  completed: 'reopen>sending',
  cancelled: '',
}

describe.each(CampaignState.options)('from %s', (state) => {
  test.each(CAMPAIGN_EVENTS)('%s leads where the table says', (event) => {
    const steps = new Map(EXPECTED[state].split(' ').map((step) => step.split('>') as [string, string]))
    expect(campaignAfter(state, event)).toBe(steps.get(event) ?? null)
    expect(campaignStatesBefore(event).includes(state)).toBe(steps.has(event))
  })
})

test('an event leads to one state only, so that a conditional UPDATE can name it', () => {
  for (const event of CAMPAIGN_EVENTS) {
    expect(new Set(campaignStatesBefore(event).map((state) => campaignAfter(state, event))).size).toBe(1)
  }
})
