import { isIPv4, isIPv6 } from 'node:net'
import type { Keys } from './crypto.ts'

/**
 * Where a request comes from, for limits and for known places: the IPv4 address, or the first half of the IPv6 one, as a
 * customer has all of the rest.
 */
export function placeOf(ip: string | null): string {
  if (ip === null || !isIPv6(ip)) return ip ?? ''
  const mapped = /^::ffff:(.*)$/i.exec(ip)?.[1] ?? ''
  if (isIPv4(mapped)) return mapped
  const [head = '', tail] = ip.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const all = tail === undefined ? groups : [...groups, ...Array(8 - groups.length - rest.length).fill('0'), ...rest]
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

/** The place under a keyed hash: what stands in tables and counters in place of a network address. */
export const placeHash = ({ keys, ip }: { keys: Pick<Keys, 'lookupHash'>; ip: string | null }): Buffer =>
  keys.lookupHash('place', placeOf(ip))
