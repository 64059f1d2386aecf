export { createWhatsappClient } from './client.ts'
export { type ErrorClass, errorClassOf } from './error-classes.ts'
export { isSignedByWhatsapp } from './webhook-signature.ts'

export interface TemplateMessage {
  to: string
  template: { name: string; language: string; parameters: string[] }
  /** Our delivery id; comes back in every status webhook (`biz_opaque_callback_data`). */
  callbackData: string
}

/** WhatsApp Cloud API (graph), for one advisor's token at a time. Every method throws UpstreamError. */
export interface WhatsappClient {
  exchangeCode(code: string): Promise<{ accessToken: string }>
  subscribeApp(accessToken: string, wabaId: string): Promise<void>
  /** Takes our app off the account again: no more webhooks about it. */
  unsubscribeApp(accessToken: string, wabaId: string): Promise<void>
  /** Ends the token at Meta (`DELETE /me/permissions`). */
  revokeToken(accessToken: string): Promise<void>
  registerNumber(accessToken: string, phoneNumberId: string, pin: string): Promise<void>
  phoneNumber(accessToken: string, phoneNumberId: string): Promise<{ displayPhoneNumber: string; status: string }>
  createTemplate(
    accessToken: string,
    wabaId: string,
    template: { name: string; language: string; category: string; body: string; examples: string[] },
  ): Promise<{ status: string }>
  templateStatus(accessToken: string, wabaId: string, name: string, language: string): Promise<string | null>
  /** @returns the provider's message id; accepted, not yet sent */
  sendTemplate(accessToken: string, phoneNumberId: string, message: TemplateMessage): Promise<{ messageId: string }>
}
