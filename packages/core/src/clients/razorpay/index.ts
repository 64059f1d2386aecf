import Razorpay from 'razorpay'

export interface RazorpayClient {
  /** HMAC-SHA256 of the raw body, hex (razorpay.com, "Validate webhooks"); the previous secret holds during a rotation. */
  verifyWebhookSignature(rawBody: string, signature: string): boolean
}

export function createRazorpayClient(options: { webhookSecrets: string[] }): RazorpayClient {
  return {
    verifyWebhookSignature: (rawBody, signature) =>
      options.webhookSecrets.some((secret) => Razorpay.validateWebhookSignature(rawBody, signature, secret)),
  }
}
