import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { addRecipient, createCampaign, dispatchCampaign, getCampaign, sendDeliveries } from './index.ts'
import {
  approvedContent,
  CLEAN,
  CONSENT,
  connectedFirm,
  type Firm,
  messagesOf,
  newPhone,
  whatsappWorld,
} from './testing/whatsapp-firm.ts'

const world = await whatsappWorld()
const { approvals, auditEntries } = schema

interface Sending {
  firm: Firm
  campaignId: string
  contentId: string
  approvalId: string
  versionId: string
}

/** A campaign that has been dispatched, with everything as it must be: its next turn would send. */
async function sending(): Promise<Sending> {
  const firm = await connectedFirm(world)
  const contentId = await approvedContent(world, firm)
  const { id: recipientId } = await addRecipient(firm.owner(), { phone: newPhone(), consent: CONSENT })
  const { id: campaignId, approvalId } = await createCampaign(firm.owner(), { contentId, recipientIds: [recipientId] })
  await dispatchCampaign(world.ctx(), { advisorId: firm.advisorId, campaignId })
  const [approval] = await world.db.read.select().from(approvals).where(eq(approvals.id, approvalId))
  return { firm, campaignId, contentId, approvalId, versionId: approval?.versionId ?? '' }
}

/** What the owner of the database writes into a table, with the triggers switched off that would refuse it. */
const write = (table: string, text: string, values: unknown[]) =>
  world.db.transaction(async (tx) => {
    await tx.$client.query({ text: `alter table ${table} disable trigger user` })
    await tx.$client.query({ text, values })
    await tx.$client.query({ text: `alter table ${table} enable trigger user` })
  })

const turn = ({ firm }: Sending) => sendDeliveries(world.ctx(), { advisorId: firm.advisorId })

/** A second text of the firm with a valid approval of its own. */
async function anotherApproval(firm: Firm, content: string) {
  const contentId = await approvedContent(world, firm, content)
  const mine = and(eq(approvals.advisorId, firm.advisorId), eq(approvals.contentId, contentId))
  const [row] = await world.db.read.select().from(approvals).where(mine)
  return { contentId, row: row ?? expect.fail('the text has no approval') }
}

const OTHER = 'Saving every month for many years is a habit. Mutual fund returns are not guaranteed.'

const DOCTORED: [string, (all: Sending) => Promise<unknown>][] = [
  [
    'a text whose approval is taken away and whose status says approved',
    async ({ contentId, approvalId }) => {
      await write('approvals', 'delete from approvals where id = $1', [approvalId])
      await write('contents', `update contents set status = 'approved' where id = $1`, [contentId])
    },
  ],
  [
    'the text of the version changed, and its status set to approved',
    async ({ contentId, versionId }) => {
      await write('content_versions', 'update content_versions set text = text || $2 where id = $1', [
        versionId,
        ' Guaranteed.',
      ])
      await write('contents', `update contents set status = 'approved' where id = $1`, [contentId])
    },
  ],
  [
    'the proof of another text',
    async ({ firm, approvalId }) => {
      const { row } = await anotherApproval(firm, OTHER)
      const { statement, keyId, signature } = row
      const values = [approvalId, statement, keyId, signature]
      await write('approvals', 'update approvals set statement = $2, key_id = $3, signature = $4 where id = $1', values)
    },
  ],
  [
    'the proof of an earlier version',
    async ({ firm, contentId }) => {
      const version = world.ctx().newId()
      await write(
        'content_versions',
        `insert into content_versions (advisor_id, id, content_id, number, text, channel, audience, language, hash, created_by)
         select advisor_id, $2, content_id, 2, 'Other words.', channel, audience, language, hash, created_by
         from content_versions where advisor_id = $1 and content_id = $3`,
        [firm.advisorId, version, contentId],
      )
      await write('contents', 'update contents set version_id = $2, version_number = 2 where id = $1', [
        contentId,
        version,
      ])
    },
  ],
  [
    'the proof for another audience',
    ({ versionId }) =>
      write('content_versions', `update content_versions set audience = 'public' where id = $1`, [versionId]),
  ],
  [
    'the proof for another channel',
    ({ versionId }) =>
      write('content_versions', `update content_versions set channel = 'email' where id = $1`, [versionId]),
  ],
  [
    'the proof of another advisor',
    async ({ approvalId }) => {
      const stranger = await connectedFirm(world)
      const { row } = await anotherApproval(stranger, CLEAN)
      const values = [approvalId, row.statement, row.keyId, row.signature]
      await write('approvals', 'update approvals set statement = $2, key_id = $3, signature = $4 where id = $1', values)
    },
  ],
  [
    'a rendered text changed by one letter within the signed statement',
    ({ approvalId }) =>
      write('approvals', `update approvals set statement = replace(statement, 'habit', 'hobby') where id = $1`, [
        approvalId,
      ]),
  ],
  [
    'an end that was put off',
    async ({ approvalId }) => {
      world.clock.advance(181 * 24 * 3_600_000)
      await write('approvals', `update approvals set expires_at = now() + interval '50 years' where id = $1`, [
        approvalId,
      ])
      await write('licences', `update licences set valid_until = null`, [])
    },
  ],
  [
    'a campaign that names an approval which does not exist',
    ({ campaignId }) =>
      write('campaigns', 'update campaigns set approval_id = $2 where id = $1', [campaignId, world.ctx().newId()]),
  ],
]

test.each(DOCTORED)('%s: nothing leaves, and the audit log has an alert', async (_, doctor) => {
  const all = await sending()
  const { firm, campaignId } = all
  await doctor(all)
  await turn(all)
  expect(await messagesOf(firm)).toEqual([])
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ state: 'held', counts: { queued: 1 } })
  const alerts = await world.db.read
    .select({ body: auditEntries.body })
    .from(auditEntries)
    .where(and(eq(auditEntries.advisorId, firm.advisorId), eq(auditEntries.action, 'proof.refused')))
  expect(alerts).toHaveLength(1)
  expect(alerts[0]?.body).toMatchObject({ outcome: 'refused', detail: { campaignId } })
})

test('the same campaign, with nothing changed, is sent: the tests above stop what would have gone out', async () => {
  const all = await sending()
  await turn(all)
  expect(await messagesOf(all.firm)).toHaveLength(1)
})
