/** A refusal in Razorpay's form. */
export class RazorpayError extends Error {
  readonly status: number
  readonly body: unknown

  constructor(status: number, description: string, detail: Record<string, unknown> = {}) {
    super(description)
    this.status = status
    this.body = { error: { code: 'BAD_REQUEST_ERROR', description, ...detail } }
  }
}

const NOT_APPLICABLE = { source: 'NA', step: 'NA', reason: 'NA', metadata: {} }
const BUSINESS = { source: 'business', step: 'payment_initiation', reason: 'input_validation_failed', metadata: {} }

export const badKey = () => new RazorpayError(401, 'Authentication failed', NOT_APPLICABLE)
export const noSuchId = () => new RazorpayError(400, 'The id provided does not exist', BUSINESS)
export const noSuchUrl = () => new RazorpayError(400, 'The requested URL was not found on the server.', NOT_APPLICABLE)
export const badRequest = (description: string, field?: string) =>
  new RazorpayError(400, description, field === undefined ? {} : { field })
export const conflict = (description: string) => new RazorpayError(409, description, NOT_APPLICABLE)
export const tooMany = () => new RazorpayError(429, 'Too many requests')
