import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { badToken, GraphError, invalid, known, noSuchObject } from './graph-error.ts'
import type { Meta } from './meta.ts'
import type { Account, PhoneNumber, SignupCode } from './state.ts'

const REGISTRATION_WINDOW_MS = 72 * 60 * 60 * 1_000
const MAX_REGISTRATIONS = 10
const CODE_LIFETIME_MS = 30_000

/** What a test or the demo uses in place of the popup: the account and the number are made when the code is redeemed. */
const OPEN_CODE = /^signup:(\d{1,32}):(\d{1,32})(?::[\w.-]{1,64})?$/

/** GET /oauth/access_token: redeems the code of an Embedded Signup, once. */
export function exchangeCode(meta: Meta, query: Record<string, string>): { access_token: string; token_type: string } {
  if (query.client_id !== meta.options.appId) {
    throw new GraphError({ status: 400, code: 101, message: 'Error validating application.' })
  }
  if (query.client_secret !== meta.options.appSecret) {
    throw new GraphError({ status: 400, code: 1, message: 'Error validating client secret.' })
  }
  const code = redeemable(meta, query.code ?? '')
  if (code.used || code.expiresAt <= meta.clock.now(code.accountId)) {
    throw invalid('This authorization code has expired or has been used.')
  }
  code.used = true
  ensureNumber(meta, code.accountId, code.numberId)
  const token = meta.ids.token()
  meta.state.tokens.set(token, { accountId: code.accountId, revoked: false })
  return { access_token: token, token_type: 'bearer' }
}

function redeemable(meta: Meta, text: string): SignupCode {
  const found = meta.state.codes.get(text)
  if (found) return found
  const [, accountId, numberId] = OPEN_CODE.exec(text) ?? []
  if (accountId === undefined || numberId === undefined) throw invalid('Invalid verification code format.')
  const owner = meta.state.numbers.get(numberId)
  if (owner && owner.accountId !== accountId) throw invalid('The phone number belongs to another account.')
  const code = { accountId, numberId, used: false, expiresAt: meta.clock.now(accountId) + CODE_LIFETIME_MS }
  meta.state.codes.set(text, code)
  return code
}

function ensureNumber(meta: Meta, accountId: string, numberId: string): void {
  const { accounts, numbers } = meta.state
  if (!accounts.has(accountId)) {
    accounts.set(accountId, {
      id: accountId,
      businessId: `9${accountId}`,
      name: `Business ${accountId}`,
      subscribed: false,
      callback: null,
      blockedNames: {},
      dailyPeople: null,
      reached: {},
      currency: 'INR',
      creations: [],
    })
  }
  if (numbers.has(numberId)) return
  numbers.set(numberId, {
    id: numberId,
    accountId,
    display: `9198${numberId.slice(-8).padStart(8, '0')}`,
    registered: false,
    pin: null,
    verified: true,
    verificationCode: null,
    registrations: [],
    quality: 'GREEN',
    paymentMissing: false,
    ladder: 'full',
    windowErrors: 'sync',
    throughput: meta.options.auto ? 80 : null,
    serviceMessages: {},
    sends: {},
    lastSends: [],
  })
}

/** The account that a bearer token speaks for. */
export function accountOf(meta: Meta, authorization: string | undefined): string {
  const token = meta.state.tokens.get(/^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '')
  if (!token || token.revoked) throw badToken()
  return token.accountId
}

/** The app gives up what it was granted: this token is worth nothing from now on. */
export function revokeToken(meta: Meta, authorization: string | undefined): { success: true } {
  accountOf(meta, authorization)
  const token = meta.state.tokens.get(authorization?.slice('Bearer '.length) ?? '')
  if (token) token.revoked = true
  return { success: true }
}

/** The account named in a path, if the token may see it. */
export function ownAccount(meta: Meta, accountId: string, id: string): Account {
  const account = id === accountId ? meta.state.accounts.get(id) : undefined
  if (!account) throw noSuchObject(id)
  return account
}

export function ownNumber(meta: Meta, accountId: string, id: string): PhoneNumber {
  const number = meta.state.numbers.get(id)
  if (number?.accountId !== accountId) throw noSuchObject(id)
  return number
}

const Registration = z.strictObject({
  messaging_product: z.literal('whatsapp'),
  pin: z.string().regex(/^\d{6}$/),
  data_localization_region: z.string().length(2).optional(),
})

/** POST /{PN}/register: the first PIN is kept, later ones must equal it. */
export function registerNumber(meta: Meta, number: PhoneNumber, body: unknown): { success: true } {
  const input = Registration.safeParse(body)
  if (!input.success) throw invalid(`Param ${input.error.issues[0]?.path.join('.') || 'body'} is not valid.`)
  const now = meta.clock.now(number.accountId)
  number.registrations = number.registrations.filter((at) => at > now - REGISTRATION_WINDOW_MS)
  if (number.registrations.length >= MAX_REGISTRATIONS) throw known(133016)
  number.registrations.push(now)
  if (!number.verified) throw known(133006)
  if (number.pin !== null && number.pin !== input.data.pin) throw known(133005)
  number.pin = input.data.pin
  number.registered = true
  return { success: true }
}

const CodeRequest = z.strictObject({
  code_method: z.enum(['SMS', 'VOICE']),
  language: z.string().regex(/^[a-z]{2}(_[A-Z]{2})?$/),
})
const Verification = z.strictObject({ code: z.string().regex(/^\d{6}$/) })

/** POST /{PN}/request_code: six digits go to the number. */
export function requestCode(number: PhoneNumber, body: unknown): { success: true } {
  const input = CodeRequest.safeParse(body)
  if (!input.success) throw invalid(`Param ${input.error.issues[0]?.path.join('.') || 'body'} is not valid.`)
  if (number.verified)
    throw new GraphError({ status: 400, code: 136024, message: '(#136024) Phone number already verified' })
  number.verificationCode = String(randomInt(100_000, 1_000_000))
  return { success: true }
}

/** POST /{PN}/verify_code: the code that was sent last, once. */
export function verifyCode(number: PhoneNumber, body: unknown): { success: true } {
  const input = Verification.safeParse(body)
  if (!input.success) throw invalid(`Param ${input.error.issues[0]?.path.join('.') || 'body'} is not valid.`)
  if (number.verificationCode === null || number.verificationCode !== input.data.code) {
    throw new GraphError({ status: 400, code: 136025, message: '(#136025) Verify code error' })
  }
  Object.assign(number, { verified: true, verificationCode: null })
  return { success: true }
}

/** Whether messages would be taken, with what stands against it; read together for the number and its account. */
function healthOf(number: PhoneNumber, accountId: string) {
  const errors = number.paymentMissing
    ? [
        {
          error_code: 141006,
          error_description: 'There is a payment error.',
          possible_solution: 'Add a payment method.',
        },
      ]
    : []
  const overall = number.paymentMissing ? 'BLOCKED' : 'AVAILABLE'
  return {
    can_send_message: overall,
    entities: [
      { entity_type: 'PHONE_NUMBER', id: number.id, can_send_message: 'AVAILABLE' },
      { entity_type: 'WABA', id: accountId, can_send_message: overall, ...(errors.length > 0 && { errors }) },
    ],
  }
}

/** POST /{PN}/deregister: the number can send no more until it is registered again. */
export function deregisterNumber(number: PhoneNumber): { success: true } {
  number.registered = false
  return { success: true }
}

const spaced = (digits: string) => `+${digits.slice(0, 2)} ${digits.slice(2, 7)} ${digits.slice(7)}`

const NUMBER_FIELDS: Record<string, (number: PhoneNumber, account: Account | undefined) => unknown> = {
  id: (number) => number.id,
  display_phone_number: (number) => spaced(number.display),
  verified_name: (_, account) => account?.name ?? '',
  quality_rating: (number) => number.quality,
  status: (number) => (number.registered ? 'CONNECTED' : 'PENDING'),
  name_status: () => 'APPROVED',
  code_verification_status: (number) => (number.verified ? 'VERIFIED' : 'NOT_VERIFIED'),
  health_status: (number, account) => healthOf(number, account?.id ?? ''),
  platform_type: (number) => (number.registered ? 'CLOUD_API' : 'NOT_APPLICABLE'),
  throughput: () => ({ level: 'STANDARD' }),
  whatsapp_business_manager_messaging_limit: () => 'TIER_2K',
}
const NUMBER_DEFAULTS = 'id,display_phone_number,verified_name,quality_rating,code_verification_status,platform_type'

const ACCOUNT_FIELDS: Record<string, (account: Account) => unknown> = {
  id: (account) => account.id,
  name: (account) => account.name,
  currency: (account) => account.currency,
  timezone_id: () => '71',
  account_review_status: () => 'APPROVED',
  message_template_namespace: (account) => `ns_${account.id}`,
}

/** GET /{PN}: only the fields that were asked for, and always the id. */
export function numberView(meta: Meta, number: PhoneNumber, fields: string | undefined): Record<string, unknown> {
  const account = meta.state.accounts.get(number.accountId)
  return pick(fields ?? NUMBER_DEFAULTS, NUMBER_FIELDS, (read) => read(number, account))
}

/** GET /{WABA}. */
export function accountView(account: Account, fields: string | undefined): Record<string, unknown> {
  return pick(fields ?? 'id,name,currency,timezone_id', ACCOUNT_FIELDS, (read) => read(account))
}

/** GET /{WABA}/phone_numbers. */
export function listNumbers(meta: Meta, account: Account, fields: string | undefined) {
  const numbers = [...meta.state.numbers.values()].filter((number) => number.accountId === account.id)
  const data = numbers.map((number) => numberView(meta, number, fields))
  const first = numbers[0]
  const last = numbers.at(-1)
  return first && last ? { data, paging: { cursors: { before: cursor(first.id), after: cursor(last.id) } } } : { data }
}

/** An opaque place in a list. */
export const cursor = (id: string) => Buffer.from(id).toString('base64url')

/** The fields that a caller names, by commas, out of those that an object has. */
export function pick<Read>(
  names: string,
  known: Record<string, Read>,
  reading: (read: Read) => unknown,
): Record<string, unknown> {
  const view: Record<string, unknown> = {}
  for (const name of names.split(',').map((each) => each.trim())) {
    const read = Object.hasOwn(known, name) ? known[name] : undefined
    if (read === undefined) throw invalid(`Tried accessing nonexisting field (${name})`)
    view[name] = reading(read)
  }
  if (known.id !== undefined) view.id ??= reading(known.id)
  return view
}

const Subscription = z.strictObject({
  override_callback_uri: z
    .url({ protocol: /^https?$/ })
    .max(200)
    .optional(),
  verify_token: z.string().min(1).optional(),
})

/** POST /{WABA}/subscribed_apps: from now on its webhooks come; an address of its own has to pass the handshake. */
export async function subscribeApp(account: Account, body: unknown): Promise<{ success: true }> {
  const input = Subscription.safeParse(body ?? {})
  if (!input.success) throw invalid(`Param ${input.error.issues[0]?.path.join('.') || 'body'} is not valid.`)
  const { override_callback_uri: url, verify_token: verifyToken = '' } = input.data
  if (url !== undefined) {
    const passed = await handshake(url, verifyToken)
    if (!passed) throw new GraphError({ status: 400, code: 2200, message: '(#2200) Callback verification failed.' })
    account.callback = { url, verifyToken }
  }
  account.subscribed = true
  return { success: true }
}

/** Makes sure that the app's webhook address, where there is one, has passed the handshake. */
export async function verifyApp({ app, options }: Meta): Promise<void> {
  if (app.verified || app.webhookUrl === null) return
  const url = app.webhookUrl
  const passed = await handshake(url, options.verifyToken)
  if (passed && app.webhookUrl === url) app.verified = true
}

/** Asks an address whether it wants webhooks: it must answer 200 with the challenge and nothing else. */
export async function handshake(url: string, verifyToken: string): Promise<boolean> {
  const challenge = String(1_000_000_000 + Math.floor(Math.random() * 1_000_000_000))
  const asked = new URL(url)
  asked.searchParams.set('hub.mode', 'subscribe')
  asked.searchParams.set('hub.challenge', challenge)
  asked.searchParams.set('hub.verify_token', verifyToken)
  try {
    const response = await fetch(asked, { signal: AbortSignal.timeout(10_000), redirect: 'manual' })
    return response.status === 200 && (await response.text()) === challenge
  } catch {
    return false
  }
}
