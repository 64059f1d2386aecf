export { createWhatsappClient } from './client.ts'
export { type ErrorClass, errorClassOf } from './error-classes.ts'
export { peopleOfTier } from './number-limits.ts'
export { isSignedByWhatsapp } from './webhook-signature.ts'

export interface TemplateMessage {
  /** E.164; wins over `bsuid` where both are given. */
  phone?: string
  /** WhatsApp's own id of a person whose phone it hides. */
  bsuid?: string
  template: { name: string; language: string; parameters: string[] }
  /** Our delivery id; comes back in every status webhook (`biz_opaque_callback_data`). */
  callbackData: string
}

/** What WhatsApp says of a number; what it leaves out is null. */
export interface PhoneNumberHealth {
  displayPhoneNumber: string
  status: string
  /** `GREEN`, `YELLOW`, `RED` or `UNKNOWN`. */
  quality: string | null
  /** Whether the display name is approved. */
  nameStatus: string | null
  /** Messages a second, in and out. */
  throughput: number | null
  /** Persons that may be reached a day outside of a conversation; null also where there is no limit. */
  dailyPeople: number | null
  /** Whether somebody has shown, by a code, that the number is theirs; null when WhatsApp did not say. */
  verified: boolean | null
  /** `AVAILABLE`, `LIMITED` or `BLOCKED`, for the number together with its account. */
  canSend: string | null
  /** The code of the first thing that stands against sending (Meta, "Messaging health status"). */
  healthCode: number | null
}

/** A template as WhatsApp lists it. */
export interface ListedTemplate {
  id: string
  name: string
  language: string
  status: string
  category: string
  rejectedReason: string | null
  /** `GREEN`, `YELLOW` or `RED`; null as long as WhatsApp has no opinion. */
  quality: string | null
  /** Its body, where it has words there and nothing else: no header, footer or buttons, and numbered variables. */
  plainBody: string | null
}

/** WhatsApp Cloud API (graph), for one advisor's token at a time. Every method throws UpstreamError. */
export interface WhatsappClient {
  exchangeCode(code: string): Promise<{ accessToken: string }>
  subscribeApp(accessToken: string, wabaId: string): Promise<void>
  /** Takes our app off the account again: no more webhooks about it. */
  unsubscribeApp(accessToken: string, wabaId: string): Promise<void>
  /** Ends the token at Meta (`DELETE /me/permissions`). */
  revokeToken(accessToken: string): Promise<void>
  /** Has six digits sent to the number, in English. */
  requestCode(accessToken: string, phoneNumberId: string, method: 'SMS' | 'VOICE'): Promise<void>
  verifyCode(accessToken: string, phoneNumberId: string, code: string): Promise<void>
  registerNumber(accessToken: string, phoneNumberId: string, pin: string): Promise<void>
  /** In what Meta bills the account (ISO 4217). */
  billingCurrency(accessToken: string, wabaId: string): Promise<string | null>
  phoneNumber(accessToken: string, phoneNumberId: string): Promise<PhoneNumberHealth>
  /** @returns what WhatsApp made of it; its category may be another one than was asked for */
  createTemplate(
    accessToken: string,
    wabaId: string,
    template: { name: string; language: string; category: string; body: string; examples: string[] },
  ): Promise<{ id: string; status: string; category: string }>
  /** Replaces the body; a new review begins. */
  editTemplate(accessToken: string, templateId: string, template: { body: string; examples: string[] }): Promise<void>
  /** Deletes one language of a template. */
  deleteTemplate(accessToken: string, wabaId: string, template: { id: string; name: string }): Promise<void>
  /** All templates of an account, or those whose name holds `name`. */
  listTemplates(accessToken: string, wabaId: string, name?: string): Promise<ListedTemplate[]>
  /** @returns the provider's message id; accepted, not yet sent */
  sendTemplate(accessToken: string, phoneNumberId: string, message: TemplateMessage): Promise<{ messageId: string }>
}
