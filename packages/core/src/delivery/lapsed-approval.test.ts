import { expect, test } from 'vitest'
import { sweepApprovals } from '../compliance/index.ts'
import { getContent } from '../content/index.ts'
import { createCampaign, dispatchCampaign, getCampaign, sweepDeliveries } from './index.ts'
import {
  addRecipients,
  approvedContent,
  connectedFirm,
  HANDLERS,
  makeCampaign,
  messagesOf,
  newPhone,
  whatsappWorld,
} from './testing/whatsapp-firm.ts'

const world = await whatsappWorld()
const DAY = 24 * 3_600_000

test('when an approval lapses, what is queued and what is scheduled is held, and nothing of it is sent', async () => {
  const firm = await connectedFirm(world)
  const { campaignId, contentId } = await makeCampaign(world, firm, 3)
  await world.drainJobs({ 'delivery.dispatch': dispatchCampaign })
  const later = await approvedContent(world, firm, 'A monthly SIP builds a habit. Returns are not guaranteed.')
  const scheduleAt = new Date(world.clock.now().getTime() + 179 * DAY).toISOString()
  const recipientIds = await addRecipients(firm, [newPhone()])
  const scheduled = await createCampaign(firm.owner(), { contentId: later, recipientIds, scheduleAt })
  world.clock.advance(180 * DAY)
  await sweepApprovals(world.ctx())
  await sweepDeliveries(world.ctx())
  for (const id of [campaignId, scheduled.id]) {
    const held = await getCampaign(firm.owner(), { id })
    expect(held).toMatchObject({ state: 'held', heldReason: expect.stringContaining('approval') })
  }
  for (const id of [contentId, later]) expect((await getContent(firm.owner(), { id })).status).toBe('expired')
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toEqual([])
})
