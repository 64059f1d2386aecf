import { createTransport } from 'nodemailer'
import { UpstreamError } from '../../platform/errors.ts'
import type { MailClient } from './index.ts'

const CONNECT_TIMEOUT_MS = 10_000
const SOCKET_TIMEOUT_MS = 30_000

/**
 * Mail over SMTP (RFC 5321), one connection for each message: a pool would send again by itself after a broken
 * connection, and then nobody could say whether a message went out once or twice.
 *
 * `url` is `smtp://` (upgraded by STARTTLS; in plain text to the loopback interface only) or `smtps://`, with
 * `user:password@` where the server wants it. `from` is the sender of every message.
 */
export function createMailClient(options: { url: string; from: string; socketTimeoutMs?: number }): MailClient {
  const url = new URL(options.url)
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  const secure = url.protocol === 'smtps:'
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: !secure && !isLoopback,
    ignoreTLS: !secure && isLoopback,
    ...(url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: options.socketTimeoutMs ?? SOCKET_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ to, subject, text, html, messageId, unsubscribeUrl, attachments = [] }) {
      const headers = { 'Auto-Submitted': 'auto-generated', ...unsubscribeHeaders(unsubscribeUrl) }
      // Quoted-printable keeps links readable in the source of a mail, whatever script the rest is written in.
      const textEncoding = 'quoted-printable'
      const message = { from: options.from, to: { name: '', address: to }, subject, text, html, messageId }
      try {
        await transport.sendMail({
          ...message,
          headers,
          textEncoding,
          attachments: attachments.map(({ fileName, contentType, bytes }) => ({
            filename: fileName,
            contentType,
            content: Buffer.from(bytes),
          })),
        })
      } catch (error) {
        throw upstreamError(error)
      }
    },
    close: () => transport.close(),
  }
}

/** RFC 2369 and RFC 8058: the mail program may show a button, and one POST without a page is enough. */
const unsubscribeHeaders = (url: string | undefined): Record<string, string> =>
  url === undefined ? {} : { 'List-Unsubscribe': `<${url}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }

/** What nodemailer attaches to its errors. */
interface SmtpFailure extends Error {
  code?: string
  responseCode?: number
  syscall?: string
  timeoutType?: string
}

/** Failures before the message was handed over, by nodemailer's code: wrong settings of ours, or no connection. */
const NEVER_SENT = new Set(['EDNS', 'ETLS', 'EAUTH', 'ENOAUTH', 'EENVELOPE', 'EREQUIRETLS', 'ECONFIG', 'EPROXY'])

/**
 * A reply of the server decides (RFC 5321 4.2.1): 4yz may pass later, 5yz will not, but for a refused sign-in of ours,
 * which an operator can mend. Without a reply the message may have been taken, unless the connection never stood.
 */
function upstreamError(cause: unknown): UpstreamError {
  const failure = cause as SmtpFailure
  const { code = '', responseCode, syscall, timeoutType } = failure
  const neverConnected =
    syscall === 'connect' ||
    syscall === 'getaddrinfo' ||
    timeoutType === 'CONNECT_TIMEOUT' ||
    timeoutType === 'GREETING_TIMEOUT'
  const answered = responseCode !== undefined
  const retryable = answered ? responseCode < 500 || code === 'EAUTH' : !['EENVELOPE', 'EMESSAGE'].includes(code)
  const outcomeUnknown = !answered && retryable && !neverConnected && !NEVER_SENT.has(code)
  const said = answered ? `the server answered ${responseCode}` : `${code || 'error'} without an answer`
  return new UpstreamError('mail', said, { retryable, outcomeUnknown, vendorCode: responseCode, cause })
}
