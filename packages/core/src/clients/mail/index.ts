export { createMailClient } from './client.ts'

export interface MailAttachment {
  fileName: string
  contentType: string
  bytes: Uint8Array
}

export interface MailMessage {
  to: string
  subject: string
  text: string
  html: string
  /** Stays the same when a job sends again, so that a mail program can see the double. */
  messageId: string
  /** Where one POST ends mails of this kind (RFC 8058); only for mails that a person may do without. */
  unsubscribeUrl?: string
  attachments?: MailAttachment[]
}

export interface MailClient {
  /** Resolves when the mail server took the message. @throws UpstreamError */
  send(message: MailMessage): Promise<void>
  close(): void
}
