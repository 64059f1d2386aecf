import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { afterAll } from 'vitest'
import { freshKeys, type JobHandlers } from '../../testing/index.ts'
import { runStage } from '../compliance/index.ts'
import { createContent } from '../content/index.ts'
import { createCampaign, getConnection } from '../delivery/index.ts'
import {
  addRecipients,
  connect,
  decideTemplate,
  type Firm,
  HANDLERS,
  newPhone,
  realClient,
} from '../delivery/testing/whatsapp-firm.ts'
import { sendMail } from '../identity/index.ts'
import { type IdentityWorld, identityWorld, type Person, testRedis } from '../identity/testing.ts'
import type { KeyMaterial } from '../platform/crypto.ts'
import type { Log } from '../platform/log.ts'
import { runErasure } from './index.ts'

export interface PrivacyWorld extends IdentityWorld {
  keyMaterial: KeyMaterial
  handlers: JobHandlers
}

/** Identity with real sessions and the real WhatsApp client, so that a person can do the whole main job. */
export async function privacyWorld(log?: Log): Promise<PrivacyWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'pramaan-privacy-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const settings = { erasureLedger: join(folder, 'erasures.ndjson') }
  const keyMaterial = freshKeys()
  const more = { keys: keyMaterial, clients: { whatsapp: realClient() }, settings, ...(log ? { log } : {}) }
  const world = await identityWorld(testRedis(), more)
  return {
    ...world,
    keyMaterial,
    handlers: {
      ...HANDLERS,
      'identity.send-mail': sendMail,
      'compliance.run-stage': runStage,
      'privacy.erase': runErasure,
    },
  }
}

export interface PlayedFirm extends Firm, Person {
  accessToken: string
}

const digits = (count: number) => Array.from({ length: count }, () => randomInt(1, 10)).join('')

/** A firm whose owner signed up, signed in and connected a number, with a licence in force. */
export async function playedFirm(world: PrivacyWorld): Promise<PlayedFirm> {
  const person = await world.person()
  const { advisorId, userId } = person
  await world.db.read.update(schema.advisors).set({ autoApproveClean: true }).where(eq(schema.advisors.id, advisorId))
  await world.db.read.update(schema.licences).set({ state: 'verified' }).where(eq(schema.licences.advisorId, advisorId))
  const { accessToken } = (await world.signIn(person.email)).view
  const { actor } = await world.as(accessToken)
  const [wabaId, phoneNumberId] = [digits(15), digits(15)]
  const firm: PlayedFirm = {
    ...person,
    accessToken,
    ownerId: userId,
    owner: () => world.ctx(actor, advisorId),
    member: () => world.ctx(actor, advisorId),
    key: (...scopes) => world.ctx({ kind: 'api_key', keyId: world.ctx().newId(), scopes }, advisorId),
    wabaId,
    phoneNumberId,
    code: `signup:${wabaId}:${phoneNumberId}`,
  }
  await connect(firm)
  await decideTemplate(firm, 'APPROVED')
  await getConnection(firm.owner(), {})
  return firm
}

/** A clean text, approved and sent to new recipients. */
export async function sendTo(world: PrivacyWorld, firm: PlayedFirm, phones: string[] = [newPhone(), newPhone()]) {
  const recipientIds = await addRecipients(firm, phones)
  const content = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'
  const { contentId } = await createContent(firm.owner(), { content, submit: true })
  await world.drainJobs(world.handlers)
  const { id: campaignId } = await createCampaign(firm.owner(), { contentId, recipientIds })
  await world.drainJobs(world.handlers)
  return { contentId, campaignId, recipientIds, phones }
}
