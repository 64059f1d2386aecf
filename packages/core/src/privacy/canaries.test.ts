import { Writable } from 'node:stream'
import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import pg from 'pg'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { addRecipient, receiveWhatsappWebhook } from '../delivery/index.ts'
import { CONSENT, newWebhooks, signed } from '../delivery/testing/whatsapp-firm.ts'
import { confirmTotp, enrollTotp, inviteMember, requestEmailChange, signIn } from '../identity/index.ts'
import { PASSWORD } from '../identity/testing.ts'
import { playedFirm, privacyWorld, sendTo } from './testing.ts'

const logged: string[] = []
const sink = new Writable({
  write: (chunk, _, done) => {
    logged.push(String(chunk))
    done()
  },
})
const world = await privacyWorld(pino({ level: 'trace' }, sink))

/** Everything in every table of every schema, the queue's too, as text; bytes as hexadecimal digits. */
async function dump(): Promise<string> {
  const client = new pg.Client({ connectionString: world.adminUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', n.nspname, relname) as name from pg_class c join pg_namespace n on n.oid = relnamespace
       where relkind in ('r', 'p') and not relispartition and nspname not in ('pg_catalog', 'information_schema')`,
    )
    const tables: string[] = []
    for (const { name } of rows) {
      const { rows: texts } = await client.query<{ text: string }>(`select t::text as text from ${name} t`)
      tables.push(...texts.map(({ text }) => `${name} ${text}`))
    }
    return tables.join('\n')
  } finally {
    await client.end()
  }
}

async function dumpRedis(): Promise<string> {
  const keys = await world.redis.keys('*')
  const values = keys.map(async (key) => {
    const type = await world.redis.type(key)
    if (type === 'string') return `${key} ${await world.redis.get(key)}`
    if (type === 'set') return `${key} ${await world.redis.smembers(key)}`
    return `${key} ${await world.redis.zrange(key, '0', '-1')}`
  })
  return (await Promise.all(values)).join('\n')
}

/** How a value could lie somewhere: as it is, as bytes in hexadecimal, and in base64 at each of its three offsets. */
function disguises(value: string): string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.from('\0'.repeat(offset) + value).toString('base64')
    return text.slice(offset === 0 ? 0 : 4, -4)
  })
  return [value, value.toLowerCase(), Buffer.from(value).toString('hex'), ...base64]
}

test('no personal data or secret of a played main job stands in clear in the database, the queue, Redis or the log', async () => {
  const firm = await playedFirm(world)
  const { secret } = await enrollTotp(firm.owner(), {})
  await confirmTotp(firm.owner(), { code: await world.code(secret) })
  const again = await signIn(world.stranger('203.0.113.77'), {
    email: firm.email,
    password: PASSWORD,
    totp: await world.code(secret, 1),
    userAgent: 'browser',
  })
  await signIn(world.stranger(), {
    email: firm.email,
    password: 'Wrong-canary-password-1',
    userAgent: 'browser',
  }).catch(() => undefined)
  const { actor } = await world.as(again.view.accessToken)
  const owner = () => world.ctx(actor, firm.advisorId)
  await requestEmailChange(owner(), { newEmail: 'canary.newaddress@example.test' })
  await inviteMember(owner(), { email: 'canary.invited@example.test', role: 'member' })
  const { phones, campaignId } = await sendTo(world, { ...firm, owner })
  const idempotency = { key: 'canary-key', operation: 'recipients.add', requestHash: 'x', replayed: false }
  await addRecipient(
    { ...owner(), idempotency },
    { phone: '+919812345098', name: 'Canary Meenakshi', consent: CONSENT },
  )
  for (const webhook of await newWebhooks(firm, new Set())) await receiveWhatsappWebhook(world.stranger(), webhook)
  await receiveWhatsappWebhook(world.stranger(), signed(stopFrom(firm, phones[0] ?? '')))
  await world.drainJobs(world.handlers)

  const deliveries = await world.db.read
    .select()
    .from(schema.deliveries)
    .where(eq(schema.deliveries.campaignId, campaignId))
  expect(deliveries.map(({ state }) => state)).not.toContain('queued')
  const canaries = [
    firm.email,
    'Asha Verma',
    PASSWORD,
    'Wrong-canary-password-1',
    secret,
    'canary.newaddress@example.test',
    'canary.invited@example.test',
    'Canary Meenakshi',
    '9812345098',
    ...phones.map((phone) => phone.slice(1)),
    again.view.accessToken,
    again.view.refreshToken,
    '203.0.113.77',
    `token-${firm.wabaId}`,
  ]
  const places = { database: await dump(), redis: await dumpRedis(), log: logged.join('\n') }
  // What is there must be what was searched: a name of each kind of place.
  expect(places.database).toContain('pgboss.job')
  expect(places.database).toContain(campaignId)
  expect(places.redis).toContain(firm.userId)
  const found = Object.entries(places).flatMap(([place, text]) =>
    canaries.filter((canary) => disguises(canary).some((one) => text.includes(one))).map((canary) => [place, canary]),
  )
  expect(found).toEqual([])
})

const stopFrom = (firm: { wabaId: string; phoneNumberId: string }, phone: string) => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: firm.wabaId,
      changes: [
        {
          field: 'messages',
          value: {
            messaging_product: 'whatsapp',
            metadata: { display_phone_number: '15550000000', phone_number_id: firm.phoneNumberId },
            contacts: [{ profile: { name: 'Canary Meenakshi' }, wa_id: phone.slice(1) }],
            messages: [
              {
                from: phone.slice(1),
                id: `wamid.${firm.wabaId}`,
                timestamp: '1795500000',
                type: 'text',
                text: { body: 'STOP' },
              },
            ],
          },
        },
      ],
    },
  ],
})
