import type { ErrorCode } from '@pramaan/shared'
import type { AuditEntry } from './context.ts'

/**
 * An expected outcome that the caller must hear about. `publicMessage` is shown as it is and says what to do next;
 * `detail` is for the log only. A `refusal` is written to the audit log after the transaction was rolled back.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly publicMessage: string
  readonly detail: Record<string, unknown> | undefined
  readonly refusal: AuditEntry | undefined

  constructor(
    code: ErrorCode,
    publicMessage: string,
    options: { detail?: Record<string, unknown>; refusal?: AuditEntry; cause?: unknown } = {},
  ) {
    super(`${code}: ${publicMessage}`, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.publicMessage = publicMessage
    this.detail = options.detail
    this.refusal = options.refusal
  }
}

export const notFound = (what: string) => new AppError('not_found', `There is no such ${what}.`)

/**
 * A vendor call that failed. `retryable`: trying again may help. `outcomeUnknown`: the vendor may have done the work
 * although no answer came, so a blind retry could do it twice.
 */
export class UpstreamError extends Error {
  readonly vendor: string
  readonly retryable: boolean
  readonly outcomeUnknown: boolean
  readonly vendorCode: number | undefined
  /** Where the vendor says more exactly what was wrong. */
  readonly vendorSubcode: number | undefined

  constructor(
    vendor: string,
    message: string,
    options: {
      retryable: boolean
      outcomeUnknown: boolean
      vendorCode?: number | undefined
      vendorSubcode?: number | undefined
      cause?: unknown
    },
  ) {
    super(`${vendor}: ${message}`, { cause: options.cause })
    this.name = 'UpstreamError'
    this.vendor = vendor
    this.retryable = options.retryable
    this.outcomeUnknown = options.outcomeUnknown
    this.vendorCode = options.vendorCode
    this.vendorSubcode = options.vendorSubcode
  }
}
