import { z } from 'zod'
import { callGraph } from './graph-request.ts'
import type { WhatsappClient } from './index.ts'
import { peopleOfTier, throughputOf } from './number-limits.ts'
import { templateCalls } from './template-calls.ts'

interface WhatsappOptions {
  baseUrl: string
  /** Graph version, e.g. `v25.0`. */
  version: string
  appId: string
  appSecret: string
  timeoutMs?: number
}

const TIMEOUT_MS = 15_000

const Done = z.object({ success: z.literal(true) })
const AccessToken = z.object({ access_token: z.string().min(1) })
const PhoneNumber = z.object({
  display_phone_number: z.string(),
  status: z.string(),
  quality_rating: z.string().optional(),
  name_status: z.string().optional(),
  throughput: z.object({ level: z.string() }).optional(),
  whatsapp_business_manager_messaging_limit: z.string().optional(),
  code_verification_status: z.string().optional(),
  health_status: z
    .object({
      can_send_message: z.string(),
      entities: z.array(z.object({ errors: z.array(z.object({ error_code: z.int() })).optional() })).optional(),
    })
    .optional()
    .catch(undefined),
})
const PHONE_NUMBER_FIELDS = [
  'display_phone_number',
  'status',
  'quality_rating',
  'name_status',
  'throughput',
  'whatsapp_business_manager_messaging_limit',
  'code_verification_status',
  'health_status',
].join(',')
const Account = z.object({ currency: z.string().optional() })
const Sent = z.object({ messages: z.array(z.object({ id: z.string().min(1) })).min(1) })

/** The Cloud API over plain fetch. One try for each call: who may try again is decided by those who know what is at stake. */
export function createWhatsappClient(options: WhatsappOptions): WhatsappClient {
  const server = { baseUrl: options.baseUrl, version: options.version, timeoutMs: options.timeoutMs ?? TIMEOUT_MS }
  const id = encodeURIComponent
  return {
    async exchangeCode(code) {
      const query = { client_id: options.appId, client_secret: options.appSecret, code }
      const call = {
        method: 'GET',
        path: '/oauth/access_token',
        label: 'exchange code',
        query,
        repeatable: false,
      } as const
      return { accessToken: (await callGraph(server, call, AccessToken)).access_token }
    },

    async subscribeApp(accessToken, wabaId) {
      const path = `/${id(wabaId)}/subscribed_apps`
      await callGraph(server, { method: 'POST', path, label: 'subscribe app', accessToken, repeatable: true }, Done)
    },

    async unsubscribeApp(accessToken, wabaId) {
      const path = `/${id(wabaId)}/subscribed_apps`
      await callGraph(server, { method: 'DELETE', path, label: 'unsubscribe app', accessToken, repeatable: true }, Done)
    },

    async revokeToken(accessToken) {
      const call = {
        method: 'DELETE',
        path: '/me/permissions',
        label: 'revoke token',
        accessToken,
        repeatable: true,
      } as const
      await callGraph(server, call, Done)
    },

    async requestCode(accessToken, phoneNumberId, method) {
      const path = `/${id(phoneNumberId)}/request_code`
      const body = { code_method: method, language: 'en_US' }
      await callGraph(
        server,
        { method: 'POST', path, label: 'request code', accessToken, body, repeatable: true },
        Done,
      )
    },

    async verifyCode(accessToken, phoneNumberId, code) {
      const path = `/${id(phoneNumberId)}/verify_code`
      await callGraph(
        server,
        { method: 'POST', path, label: 'verify code', accessToken, body: { code }, repeatable: true },
        Done,
      )
    },

    async billingCurrency(accessToken, wabaId) {
      const query = { fields: 'currency' }
      const path = `/${id(wabaId)}`
      const call = { method: 'GET', path, label: 'read account', accessToken, query, repeatable: true } as const
      return (await callGraph(server, call, Account)).currency ?? null
    },

    async registerNumber(accessToken, phoneNumberId, pin) {
      const path = `/${id(phoneNumberId)}/register`
      const body = { messaging_product: 'whatsapp', pin }
      await callGraph(
        server,
        { method: 'POST', path, label: 'register number', accessToken, body, repeatable: true },
        Done,
      )
    },

    async phoneNumber(accessToken, phoneNumberId) {
      const query = { fields: PHONE_NUMBER_FIELDS }
      const path = `/${id(phoneNumberId)}`
      const call = { method: 'GET', path, label: 'read number', accessToken, query, repeatable: true } as const
      const number = await callGraph(server, call, PhoneNumber)
      return {
        displayPhoneNumber: number.display_phone_number,
        status: number.status,
        quality: number.quality_rating ?? null,
        nameStatus: number.name_status ?? null,
        throughput: throughputOf(number.throughput?.level),
        dailyPeople: peopleOfTier(number.whatsapp_business_manager_messaging_limit),
        verified: number.code_verification_status === undefined ? null : isVerified(number.code_verification_status),
        canSend: number.health_status?.can_send_message ?? null,
        healthCode: number.health_status?.entities?.flatMap(({ errors = [] }) => errors)[0]?.error_code ?? null,
      }
    },

    ...templateCalls(server),

    async sendTemplate(accessToken, phoneNumberId, message) {
      const parameters = message.template.parameters.map((text) => ({ type: 'text', text }))
      const body = {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        ...(message.phone === undefined ? { recipient: message.bsuid } : { to: message.phone }),
        type: 'template',
        template: {
          name: message.template.name,
          language: { code: message.template.language },
          components: [{ type: 'body', parameters }],
        },
        biz_opaque_callback_data: message.callbackData,
      }
      const path = `/${id(phoneNumberId)}/messages`
      const call = { method: 'POST', path, label: 'send template', accessToken, body, repeatable: false } as const
      const [sent] = (await callGraph(server, call, Sent)).messages
      if (!sent) throw new Error('the schema lets no empty list through')
      return { messageId: sent.id }
    },
  }
}

/** `EXPIRED` is said of a number that was verified and is registered since: Meta asks for no new code. */
const isVerified = (status: string) => status === 'VERIFIED' || status === 'EXPIRED'
