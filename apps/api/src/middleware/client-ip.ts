import type { IncomingMessage } from 'node:http'
import { type BlockList, isIP } from 'node:net'

/**
 * The address of the client. `X-Forwarded-For` is believed only from a configured proxy, and only up to the first
 * address from the right that is not one.
 */
export function clientIp(incoming: IncomingMessage, trusted: BlockList): string {
  let address = plain(incoming.socket.remoteAddress ?? '')
  const forwarded = incoming.headers['x-forwarded-for']
  if (typeof forwarded !== 'string' || trusted.rules.length === 0) return address
  const hops = forwarded.split(',')
  while (isTrusted(address, trusted)) {
    const next = plain(hops.pop()?.trim() ?? '')
    if (isIP(next) === 0) break
    address = next
  }
  return address
}

const isTrusted = (address: string, trusted: BlockList) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** IPv4 in IPv6 form (`::ffff:10.0.0.1`) is the same client. */
const plain = (address: string) => (address.startsWith('::ffff:') ? address.slice(7) : address)
