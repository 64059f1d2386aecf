export { createWebhookClient } from './client.ts'
export { isPublicAddress } from './public-address.ts'

export interface WebhookClient {
  /**
   * Why an address may not be called, in words for whoever gave it; null when it may as far as can be told without
   * asking anybody.
   */
  refusal(url: string): string | null
  /** One POST. @returns the status that was answered @throws UpstreamError when no answer came, or none may be asked for */
  post(url: string, headers: Record<string, string>, body: string): Promise<{ status: number }>
}
