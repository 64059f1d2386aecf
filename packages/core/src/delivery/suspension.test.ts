import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeStaff } from '../../testing/factories.ts'
import { restoreAdvisor, suspendAdvisor } from '../identity/index.ts'
import { dispatchCampaign, getCampaign, sweepDeliveries } from './index.ts'
import { connectedFirm, HANDLERS, makeCampaign, messagesOf, whatsappWorld } from './testing/whatsapp-firm.ts'

const world = await whatsappWorld()

test('a suspension stops what is queued already, and after the restoration it goes out by itself, once', async () => {
  const firm = await connectedFirm(world)
  const { campaignId } = await makeCampaign(world, firm, 3)
  await world.drainJobs({ 'delivery.dispatch': dispatchCampaign })
  await suspendAdvisor(makeStaff(world, 'admin'), { id: firm.advisorId, reason: 'complaint 4711' })
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toEqual([])
  const held = await getCampaign(firm.owner(), { id: campaignId })
  expect(held).toMatchObject({ state: 'held', counts: { queued: 3 } })
  expect(held.heldReason).toContain('not active')
  await sweepDeliveries(world.ctx())
  await world.drainJobs(HANDLERS)
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ state: 'held' })

  await restoreAdvisor(makeStaff(world, 'admin'), { id: firm.advisorId })
  for (let round = 0; round < 2; round++) {
    await sweepDeliveries(world.ctx())
    await world.drainJobs(HANDLERS)
  }
  expect(await messagesOf(firm)).toHaveLength(3)
})

test('a campaign that was held for want of a licence goes on when one is in force again', async () => {
  const firm = await connectedFirm(world)
  const { campaignId } = await makeCampaign(world, firm, 1)
  const { licences } = schema
  const setState = (state: 'lapsed' | 'verified') =>
    world.db.read.update(licences).set({ state }).where(eq(licences.advisorId, firm.advisorId))
  await setState('lapsed')
  await world.drainJobs(HANDLERS)
  await sweepDeliveries(world.ctx())
  await world.drainJobs(HANDLERS)
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ state: 'held' })
  await setState('verified')
  await sweepDeliveries(world.ctx())
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toHaveLength(1)
})
