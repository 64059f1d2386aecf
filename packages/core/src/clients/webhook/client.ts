import { lookup as systemLookup } from 'node:dns'
import { type ClientRequest, type IncomingMessage, request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { UpstreamError } from '../../platform/errors.ts'
import type { WebhookClient } from './index.ts'
import { isPublicAddress } from './public-address.ts'

interface WebhookOptions {
  /** For development and tests, where receivers are on this machine and speak plain HTTP. */
  allowPrivate: boolean
  timeoutMs?: number
  /** How names become addresses; the system's way unless a test says otherwise. */
  resolve?: typeof systemLookup
}

const TIMEOUT_MS = 10_000

/**
 * Calls addresses that strangers gave us. Names are resolved once, for the connection itself, and an address that is not
 * of the open internet is refused there: no second look-up can give another answer. Redirects are not followed.
 */
export function createWebhookClient({ allowPrivate, timeoutMs = TIMEOUT_MS, resolve }: WebhookOptions): WebhookClient {
  const lookup = allowPrivate ? undefined : guarded(resolve ?? systemLookup)
  const refusal = (text: string): string | null => {
    const url = URL.canParse(text) ? new URL(text) : null
    if (!url || !/^https?:$/.test(url.protocol)) return 'The address must be a URL that begins with https://.'
    if (url.username !== '' || url.password !== '') return 'The address must hold no user name and no password.'
    if (allowPrivate) return null
    if (url.protocol !== 'https:') return 'The address must begin with https://.'
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const isClosed = isIP(host) !== 0 ? !isPublicAddress(host) : /(^|\.)(localhost|local|internal)$/.test(host)
    return isClosed ? 'The address must be on the open internet.' : null
  }
  return {
    refusal,
    post: (text, headers, body) =>
      new Promise((resolved, rejected) => {
        const refused = refusal(text)
        if (refused !== null) return rejected(failure(refused, false))
        const url = new URL(text)
        const options = {
          method: 'POST',
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
          agent: false,
          signal: AbortSignal.timeout(timeoutMs),
          ...(lookup && { lookup }),
        } as const
        const answered = (response: IncomingMessage) => {
          // What the receiver says beyond its status is nothing to us.
          response.destroy()
          resolved({ status: response.statusCode ?? 0 })
        }
        const call: ClientRequest =
          url.protocol === 'https:' ? overHttps(url, options, answered) : overHttp(url, options, answered)
        call.on('error', (error) => rejected(failure('no answer came', true, error)))
        call.end(body)
      }),
  }
}

const failure = (what: string, retryable: boolean, cause?: unknown) =>
  new UpstreamError('webhook', `post event: ${what}`, { retryable, outcomeUnknown: false, cause })

/** A look-up that fails where any address of the name is not public. */
const guarded =
  (resolve: typeof systemLookup): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const all = error ? [] : addresses
      const closed = all.find(({ address }) => !isPublicAddress(address))
      const [first] = all
      if (error) return callback(error, '', 0)
      if (closed || !first) return callback(new Error(`${hostname} is not on the open internet`), '', 0)
      return options.all ? callback(null, all) : callback(null, first.address, first.family)
    })
  }
