import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseWebhook, type WhatsappChange } from './webhook-event.ts'

const FIXTURES = new URL('../testing/fixtures/', import.meta.url)
const RECEIVED = new Date('2026-11-25T00:00:00Z')
const read = (name: string) => readFileSync(new URL(name, FIXTURES), 'utf8')
const parse = (name: string) => parseWebhook(read(name), RECEIVED)

/** What each of the fixtures means to us, by its number. */
const MEANING: Record<string, string[]> = {
  '01': ['status sent'],
  '02': ['status sent'],
  '03': ['status delivered'],
  '04': ['status read'],
  '05': ['status delivered'],
  '06': ['status delivered'],
  '07': ['status failed 131049'],
  '08': ['status failed 131026'],
  '09': ['status failed 131050'],
  '10': ['status failed 131047'],
  '11': ['status delivered', 'status read', 'status sent', 'text of +919876501234', 'status failed 131049'],
  '12': ['status delivered'],
  '20': ['text of +919876501234'],
  '21': ['stop of +919876501234'],
  '22': ['stop of +919876501234'],
  '23': ['interactive of +919876501234'],
  '24': ['image of +919876501234'],
  '25': ['text of IN.77120394856610293847'],
  '26': ['status delivered'],
  '27': ['unsupported of +919876501234'],
  '28': ['number changed to +919876509999'],
  '30': ['preference stop +919876501234'],
  '31': ['template APPROVED'],
  '32': ['template REJECTED'],
  '33': ['template PAUSED'],
  '34': ['template DISABLED'],
  '35': ['category UTILITY, next MARKETING'],
  '36': ['category MARKETING, next null'],
  '37': ['quality YELLOW'],
  '38': ['limit TIER_UNLIMITED'],
  '39': ['limit TIER_2K'],
  '40': ['account DISABLED_UPDATE'],
  '41': ['account ACCOUNT_VIOLATION'],
  '42': ['account PARTNER_REMOVED'],
  '43': ['account VOLUME_BASED_PRICING_TIER_UPDATE'],
  '44': ['unread'],
  '45': ['unread'],
  '90': ['text of +919876501234'],
  '91': ['unread'],
  '92': ['status failed 131026'],
}

function meaningOf(change: WhatsappChange): string {
  switch (change.kind) {
    case 'status':
      return ['status', change.status, change.errorCode].filter((part) => part !== null).join(' ')
    case 'preference':
      return `preference ${change.wants} ${change.who.phone}`
    case 'message':
      return `${change.isStop ? 'stop' : change.type} of ${change.who.phone ?? change.who.bsuid}`
    case 'number_changed':
      return `number changed to ${change.newPhone}`
    case 'category':
      return `category ${change.category}, next ${change.nextCategory}`
    case 'limits':
      return `limit ${change.limit}`
    case 'template':
      return `template ${change.event}`
    case 'quality':
      return `quality ${change.quality}`
    case 'account':
      return `account ${change.event}`
    default:
      return change.kind
  }
}

test.each(readdirSync(FIXTURES))('%s is understood', (name) => {
  expect(parse(name)?.map(meaningOf)).toEqual(MEANING[name.slice(0, 2)])
})

test('a status carries our id, the id of WhatsApp and its own time', () => {
  expect(parse('01-status.sent.v24.body')).toEqual([
    {
      kind: 'status',
      phoneNumberId: '331907246602815',
      messageId: 'wamid.HBgMOTE5ODc2NTAxMjM0FQIAERgSS0VTQVJURVNUQzAxA',
      status: 'sent',
      callbackData: 'snd_01HTZX9Q4E7',
      errorCode: null,
      who: { phone: '+919876501234', bsuid: 'IN.40817263554019283746' },
      pricing: null,
      at: new Date(1790846400_000),
    },
  ])
})

test('a template that was given other words is told apart from one that was decided about', () => {
  const value = {
    message_template_id: 1689556908129901,
    message_template_name: 'sip_reminder',
    message_template_language: 'en',
    message_template_element: 'Other words for {{1}} now.',
  }
  const entry = [
    { id: '204518830017746', time: 1790846400, changes: [{ value, field: 'message_template_components_update' }] },
  ]
  expect(parseWebhook(JSON.stringify({ object: 'whatsapp_business_account', entry }), RECEIVED)).toEqual([
    {
      kind: 'rewritten',
      wabaId: '204518830017746',
      name: 'sip_reminder',
      language: 'en',
      body: 'Other words for {{1}} now.',
      at: new Date(1790846400_000),
    },
  ])
})

test('a part that cannot be read does not spoil the others', () => {
  const whole = JSON.parse(read('11-status.batch.mixed.body'))
  const [first] = whole.entry[0].changes
  first.value.statuses = [
    'x',
    null,
    { id: 1 },
    { ...first.value.statuses[0], timestamp: '99999999999999' },
    first.value.statuses[0],
  ]
  expect(parseWebhook(JSON.stringify(whole), RECEIVED)?.map(meaningOf)).toEqual([
    'status delivered',
    'unread',
    'text of +919876501234',
    'status failed 131049',
  ])
})

test.each(['', 'x', 'null', '[]', '{}', '{"object":"page","entry":[]}', '{"object":"whatsapp_business_account"}'])(
  '%j is no webhook of WhatsApp',
  (body) => expect(parseWebhook(body, RECEIVED)).toBeNull(),
)
