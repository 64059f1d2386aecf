import { expect, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import { whatsappWorld } from '../delivery/testing/whatsapp-firm.ts'
import { getEngagement, getExport, makeExport, requestExport, sweepExports } from './index.ts'
import { addDelivery, count, logCampaigns, makeSender } from './testing.ts'

const world = await whatsappWorld()
const RANGE = { from: '2026-11-15', to: '2026-11-24' }
const WEEK_MS = 7 * 86_400_000
/** A topic that a spreadsheet would run, and that needs quotes. */
const TOPIC = '=HYPERLINK("https://x.example","a")'

const sender = await makeSender(world, {
  people: 1,
  texts: [
    { content: 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.', topic: TOPIC },
  ],
})
const [campaign] = sender.campaigns
for (let message = 0; message < 12; message++) {
  const at = new Date('2026-11-17T04:30:00Z')
  const recipientId = sender.people[0]?.recipientId ?? ''
  const what = { campaignId: campaign?.campaignId ?? '', recipientId, at, state: 'read' as const }
  await addDelivery(world, sender, { ...what, times: { sentAt: at, readAt: at } })
}
await logCampaigns(world, sender, [campaign?.campaignId ?? ''])
await count(world)

const drain = () => world.drainJobs({ 'analytics.export': makeExport })

test('a report as JSON is what its route answers, and is made by a job', async () => {
  const asked = await requestExport(sender.owner(), { report: 'engagement', format: 'json', ...RANGE })
  expect(asked).toMatchObject({ state: 'waiting', file: null, range: RANGE })
  expect(await drain()).toEqual(['analytics.export'])
  const made = await getExport(sender.member(), { id: asked.id })
  expect(made).toMatchObject({ state: 'ready', file: { name: 'engagement-2026-11-15-2026-11-24.json' } })
  expect(JSON.parse(made.file?.text ?? '')).toEqual(await getEngagement(sender.owner(), RANGE))
  expect(await world.auditActions(asked.id)).toEqual(['analytics.export_requested', 'analytics.export_made'])
})

test('a report as CSV has a line for each of its numbers, and no cell that a spreadsheet runs', async () => {
  const { id } = await requestExport(sender.owner(), { report: 'engagement', format: 'csv', ...RANGE })
  await drain()
  const text = (await getExport(sender.owner(), { id })).file?.text ?? ''
  const [head = '', ...lines] = text.trimEnd().split('\r\n')
  expect(head.split(',').slice(0, 2)).toEqual(['part', 'asOf'])
  const topic = lines.find((line) => line.startsWith('by[1].cells[0],'))
  expect(topic).toContain(`"'=HYPERLINK(""https://x.example"",""a"")"`)
  expect(topic).toContain(',12,12,12,')
  expect(text).not.toMatch(/(^|,|\n)"?[=+@]/)
})

test.each(['overview', 'trends', 'compliance'] as const)('the report %s can be had as CSV too', async (report) => {
  const { id } = await requestExport(sender.owner(), { report, format: 'csv', ...RANGE })
  await drain()
  expect((await getExport(sender.owner(), { id })).file?.text.split('\r\n').length).toBeGreaterThan(5)
})

test('an export is of the firm that asked, and another firm does not find it', async () => {
  const stranger = await makeAdvisor(world)
  const { id } = await requestExport(stranger.owner(), { report: 'engagement', format: 'csv', ...RANGE })
  await drain()
  expect((await getExport(stranger.owner(), { id })).file?.text).not.toContain('HYPERLINK')
  await expect(getExport(sender.owner(), { id })).rejects.toMatchObject({ code: 'not_found' })
})

test('a second run of the job changes nothing, and a week later the file is gone', async () => {
  const { id } = await requestExport(sender.owner(), { report: 'overview', format: 'json', ...RANGE })
  await drain()
  const made = await getExport(sender.owner(), { id })
  await makeExport(world.ctx(), { advisorId: sender.advisorId, exportId: id })
  expect(await getExport(sender.owner(), { id })).toEqual(made)
  expect(await world.auditActions(id)).toHaveLength(2)
  world.clock.advance(WEEK_MS + 1)
  await sweepExports(world.ctx())
  await expect(getExport(sender.owner(), { id })).rejects.toMatchObject({ code: 'not_found' })
})
